// A store's process is killed again and again; what it acknowledged is there, and nothing is torn.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "base/check.h"
#include "store/conformance.h"
#include "store/scratch_directory.h"
#include "store/sqlite_store.h"

namespace coffer::store {
namespace {

constexpr int kKills = 20;
constexpr std::uint32_t kSeed = 20'221'122;

// A short log, so that kills also hit the moment when the log is copied into the database.
const SqliteOptions kOptions{.reader_count = 1, .wal_bytes_max = 64U << 10U};

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  CHECK(::pipe(ends.data()) == 0);
  return {ends[0], ends[1]};
}

std::uint64_t number_at(Store& store, std::string_view key) {
  const auto record = store.get(as_bytes(key)).value();
  return record.has_value() ? std::stoull(std::string(as_text(record->value))) : 0;
}

// commit_forever writes two keys with one number, and a third that stays, and reports each commit that
// returned.
[[noreturn]] void commit_forever(const std::string& path, int acknowledged) {
  auto store = SqliteStore::create(path, kOptions);
  if (!store.ok()) ::_exit(1);
  for (std::uint64_t i = number_at(*store.value(), "left") + 1;; ++i) {
    const std::string number = std::to_string(i);
    const Transaction pair{
        {}, {put("left", number), put("kept-" + number, std::string(700, 'v')), put("right", number)}};
    if (!store.value()->commit(pair).ok()) ::_exit(2);
    if (::write(acknowledged, &i, sizeof i) != sizeof i) ::_exit(3);
  }
}

// run_and_kill lets a child commit until it acknowledged `commits`, kills it a moment later, and returns the
// last number it acknowledged.
std::uint64_t run_and_kill(const std::string& path, std::uint32_t commits, std::uint32_t moment) {
  const Pipe pipe = make_pipe();
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) commit_forever(path, pipe.write_end);
  ::close(pipe.write_end);
  std::uint64_t last = 0;
  for (std::uint32_t i = 0; i < commits; ++i) {
    if (::read(pipe.read_end, &last, sizeof last) != sizeof last) break;
  }
  for (std::uint32_t i = 0; i < moment; ++i) ::getppid();
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  while (::read(pipe.read_end, &last, sizeof last) == sizeof last) {
  }
  ::close(pipe.read_end);
  return last;
}

TEST(SqliteCrash, KeepsEveryAcknowledgedCommitAndTearsNone) {
  const ScratchDirectory directory;
  const std::string path = directory.file("store.db");
  std::mt19937 random(kSeed);
  RecordProperty("seed", static_cast<int>(kSeed));
  for (int kill = 0; kill < kKills; ++kill) {
    const auto commits = static_cast<std::uint32_t>(1 + random() % 60);
    const auto moment = static_cast<std::uint32_t>(random() % 20'000);
    const std::uint64_t acknowledged = run_and_kill(path, commits, moment);
    ASSERT_GT(acknowledged, 0U) << "kill " << kill;
    const auto opened = SqliteStore::create(path, kOptions);
    ASSERT_TRUE(opened.ok()) << "kill " << kill << ": " << opened.error().text;
    Store& store = *opened.value();
    const std::uint64_t left = number_at(store, "left");
    EXPECT_EQ(left, number_at(store, "right")) << "kill " << kill;
    EXPECT_GE(left, acknowledged) << "kill " << kill;
    EXPECT_LE(left, acknowledged + 1) << "kill " << kill;
    EXPECT_EQ(store.revision().value(), left) << "kill " << kill;
    for (std::uint64_t i = 1; i <= left; ++i) {
      ASSERT_TRUE(store.get(as_bytes("kept-" + std::to_string(i))).value().has_value()) << "number " << i;
    }
  }
}

}  // namespace
}  // namespace coffer::store
