// FileAuditLog: format, torn ends, rotation, counts.
#include "store/file_audit_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "store/scratch_directory.h"

namespace coffer::store {
namespace {

using Lines = std::vector<std::string>;

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class FileAudit : public testing::Test {
 protected:
  [[nodiscard]] std::string directory() const { return scratch_.file("audit"); }
  [[nodiscard]] std::string file(const std::string& name) const { return directory() + "/" + name; }
  [[nodiscard]] std::unique_ptr<FileAuditLog> open(std::uint64_t segment_bytes = 1U << 20U) const {
    auto log =
        FileAuditLog::create(directory(), {.segment_bytes = segment_bytes, .reserve_bytes = 64U << 10U});
    EXPECT_TRUE(log.ok()) << log.error().text;
    return log.ok() ? std::move(log).value() : nullptr;
  }
  // Adds octets behind the log, as a write does that a crash cut short.
  void tear(const std::string& octets) const {
    std::ofstream(file("audit-000001.log"), std::ios::binary | std::ios::app) << octets;
  }

 private:
  ScratchDirectory scratch_;
};

TEST_F(FileAudit, BeginsEmpty) {
  const AuditTail tail = open()->tail().value();
  EXPECT_EQ(tail.line, "");
  EXPECT_EQ(tail.line_count, 0U);
}

TEST_F(FileAudit, WritesPlainLinesInOrder) {
  const auto log = open();
  ASSERT_TRUE(log->append(Lines{"one", "two"}).ok());
  ASSERT_TRUE(log->append_relaxed(Lines{"three"}).ok());
  ASSERT_TRUE(log->sync().ok());
  EXPECT_EQ(content_of(file("audit-000001.log")), "one\ntwo\nthree\n");
}

TEST_F(FileAudit, TailIsTheLastLineAlsoWhenReopened) {
  auto log = open();
  ASSERT_TRUE(log->append(Lines{"one", "two"}).ok());
  EXPECT_EQ(log->tail().value().line, "two");
  log.reset();
  const AuditTail tail = open()->tail().value();
  EXPECT_EQ(tail.line, "two");
  EXPECT_EQ(tail.line_count, 2U);
}

TEST_F(FileAudit, AppendsBehindWhatIsThere) {
  ASSERT_TRUE(open()->append(Lines{"one"}).ok());
  ASSERT_TRUE(open()->append(Lines{"two"}).ok());
  EXPECT_EQ(content_of(file("audit-000001.log")), "one\ntwo\n");
}

TEST_F(FileAudit, CutsOffAnIncompleteLastLine) {
  ASSERT_TRUE(open()->append(Lines{"one", "two"}).ok());
  tear("thr");
  const auto log = open();
  EXPECT_EQ(log->tail().value().line, "two");
  ASSERT_TRUE(log->append(Lines{"four"}).ok());
  EXPECT_EQ(content_of(file("audit-000001.log")), "one\ntwo\nfour\n");
}

TEST_F(FileAudit, KeepsACompleteLastLine) {
  ASSERT_TRUE(open()->append(Lines{"one"}).ok());
  tear("two\n");
  EXPECT_EQ(open()->tail().value().line, "two");
}

TEST_F(FileAudit, ALastLineThatNoCofferWritesIsThereToBeCut) {
  ASSERT_TRUE(open()->append(Lines{"one"}).ok());
  tear(std::string(kAuditLineBytesMax + 1, 'x') + "\n");
  const auto log = open();
  EXPECT_EQ(log->tail().value().line_count, 2U);
  EXPECT_EQ(log->read(1).value().lines, (Lines{"one", ""}));
  ASSERT_TRUE(log->cut(1).ok());
  EXPECT_EQ(log->tail().value().line, "one");
  EXPECT_EQ(content_of(file("audit-000001.log")), "one\n");
}

TEST_F(FileAudit, ReadsFromAnyLineOnAcrossFiles) {
  {
    const auto log = open(8);
    for (const char* const line : {"one", "two", "three", "four"}) ASSERT_TRUE(log->append(Lines{line}).ok());
  }
  const auto log = open(8);
  Lines all;
  for (Lines page; !(page = log->read(all.size() + 1).value().lines).empty();)
    all.insert(all.end(), page.begin(), page.end());
  EXPECT_EQ(all, (Lines{"one", "two", "three", "four"}));
  EXPECT_EQ(log->read(4).value().lines, Lines{"four"});
  EXPECT_TRUE(log->read(5).value().lines.empty());
  std::filesystem::remove(file("audit-000001.log"));
  EXPECT_EQ(log->read(1).error().code, Code::not_found);
}

TEST_F(FileAudit, APageIsNoLongerThanItMayBe) {
  const auto log = open();
  ASSERT_TRUE(log->append(Lines(kAuditPageLinesMax + 7, std::string(100, 'x'))).ok());
  EXPECT_EQ(log->read(1).value().lines.size(), kAuditPageLinesMax);
  EXPECT_EQ(log->read(1 + kAuditPageLinesMax).value().lines.size(), 7U);
}

TEST_F(FileAudit, IsCutAtEachLineAndGoesOnFromThere) {
  const Lines all{"one", "two", "three", "four", "five"};
  for (std::size_t keep = 0; keep <= all.size(); ++keep) {
    std::filesystem::remove_all(directory());
    for (const std::string& line : all) ASSERT_TRUE(open(8)->append(Lines{line}).ok());
    {
      const auto log = open(8);
      ASSERT_TRUE(log->cut(keep).ok()) << keep;
      EXPECT_EQ(log->tail().value().line_count, keep);
      EXPECT_EQ(log->tail().value().line, keep == 0 ? "" : all[keep - 1]) << keep;
      ASSERT_TRUE(log->append(Lines{"next"}).ok());
    }
    const auto log = open(8);
    EXPECT_EQ(log->tail().value().line_count, keep + 1) << keep;
    EXPECT_EQ(log->read(keep + 1).value().lines, Lines{"next"}) << keep;
  }
}

TEST_F(FileAudit, IsNotCutOnceItGoesOn) {
  const auto log = open();
  ASSERT_TRUE(log->append(Lines{"one", "two"}).ok());
  EXPECT_EQ(log->cut(1).error().code, Code::denied);
  EXPECT_EQ(log->tail().value().line_count, 2U);
  ASSERT_TRUE(log->append(Lines{"three"}).ok()) << "a refusal breaks nothing";
}

TEST_F(FileAudit, BeginsANewFileWhenOneIsFull) {
  const auto log = open(10);
  ASSERT_TRUE(log->append(Lines{"first line"}).ok());
  ASSERT_TRUE(log->append(Lines{"second line"}).ok());
  ASSERT_TRUE(log->append_relaxed(Lines{"third line"}).ok());
  EXPECT_EQ(content_of(file("audit-000001.log")), "first line\n");
  EXPECT_EQ(content_of(file("audit-000002.log")), "second line\n");
  EXPECT_EQ(content_of(file("audit-000003.log")), "third line\n");
}

TEST_F(FileAudit, CountsTheLinesOfAllFiles) {
  ASSERT_TRUE(open(1)->append(Lines{"one", "two"}).ok());
  ASSERT_TRUE(open(1)->append(Lines{"three"}).ok());
  ASSERT_TRUE(open(1)->append(Lines{"four"}).ok());
  EXPECT_EQ(open(1)->tail().value().line_count, 4U);
  std::filesystem::remove(file("counts"));
  EXPECT_EQ(open(1)->tail().value().line_count, 4U);
}

TEST_F(FileAudit, StillCountsAFileThatWasArchived) {
  ASSERT_TRUE(open(1)->append(Lines{"one", "two"}).ok());
  ASSERT_TRUE(open(1)->append(Lines{"three"}).ok());
  std::filesystem::remove(file("audit-000001.log"));
  EXPECT_EQ(open(1)->tail().value().line_count, 3U);
}

TEST_F(FileAudit, TailOfAnEmptyNewestFileIsInTheOneBefore) {
  ASSERT_TRUE(open(1)->append(Lines{"one", "two"}).ok());
  std::ofstream(file("audit-000002.log")).flush();
  const AuditTail tail = open(1)->tail().value();
  EXPECT_EQ(tail.line, "two");
  EXPECT_EQ(tail.line_count, 2U);
}

TEST_F(FileAudit, LeavesForeignFilesAlone) {
  ASSERT_TRUE(open()->append(Lines{"one"}).ok());
  std::ofstream(file("audit-1.log")) << "theirs";
  std::ofstream(file("audit-00000x.log")) << "theirs";
  EXPECT_EQ(open()->tail().value().line_count, 1U);
  EXPECT_EQ(content_of(file("audit-00000x.log")), "theirs");
}

TEST_F(FileAudit, RefusesLinesThatWouldBreakTheFormat) {
  const auto log = open();
  EXPECT_EQ(log->append(Lines{"fine", ""}).error().code, Code::invalid);
  EXPECT_EQ(log->append(Lines{"fine", "two\nlines"}).error().code, Code::invalid);
  EXPECT_EQ(log->append(Lines{"fine", std::string(kAuditLineBytesMax + 1, 'x')}).error().code, Code::limit);
  EXPECT_EQ(log->append(Lines(kAuditLinesMax + 1, "x")).error().code, Code::limit);
  EXPECT_EQ(log->tail().value().line_count, 0U);
}

TEST_F(FileAudit, TakesTheLongestLine) {
  const std::string line(kAuditLineBytesMax, 'x');
  ASSERT_TRUE(open()->append(Lines{line}).ok());
  EXPECT_EQ(open()->tail().value().line, line);
}

TEST_F(FileAudit, RefusesASecondOpener) {
  const auto log = open();
  EXPECT_EQ(FileAuditLog::create(directory()).error().code, Code::exists);
}

TEST_F(FileAudit, KeepsRoomForTheAdministrator) {
  const auto log = open();
  EXPECT_EQ(std::filesystem::file_size(file("reserve-01")), 8U << 10U);
  EXPECT_EQ(std::filesystem::file_size(file("reserve-08")), 8U << 10U);
}

}  // namespace
}  // namespace coffer::store
