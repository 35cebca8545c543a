// Golden traces: what the chip answers today is what was recorded, octet by octet.
//
//   traces_test            compares
//   traces_test --record   writes the traces anew
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "crypto/key.h"
#include "crypto/primitives.h"
#include "crypto/seeded_random_testing.h"
#include "tests/traces/chapters.h"
#include "tests/traces/coverage.h"
#include "tests/traces/message_table.h"
#include "tests/traces/trace.h"
#include "wire/frame.h"

namespace coffer::traces {
namespace {

// mask_all puts the masks over what was heard, and notes which of them changed something.
void mask_all(std::vector<Chapter>& chapters, std::set<std::string_view>& used) {
  for (Chapter& chapter : chapters) {
    for (Exchange& exchange : chapter.exchanges) {
      for (const Mask& mask : masks()) {
        if (exchange.op != mask.op || !is_entrance(exchange.place) || exchange.code != Code::ok) continue;
        const auto masked = mask.apply(exchange.reply);
        ASSERT_TRUE(masked.ok()) << mask.name;
        if (masked.value() != exchange.reply) used.insert(mask.name);
        exchange.reply = masked.value();
      }
    }
  }
}

// Today is what the chip of this build answers, and which masks it needed.
struct Today {
  std::vector<Chapter> chapters = all_chapters();
  std::set<std::string_view> masks_used;
  Today() { mask_all(chapters, masks_used); }
};

const Today& today() {
  static const Today heard;
  return heard;
}

const std::vector<Chapter>& recorded() {
  static const std::vector<Chapter> chapters = read_traces(traces_folder());
  return chapters;
}

std::string lines(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += text + '\n';
  return all;
}

void record() {
  if (today(); testing::Test::HasFailure()) {
    std::fputs("nothing is recorded: the chip did not do what the chapters say\n", stderr);
    return;
  }
  std::filesystem::create_directories(traces_folder());
  for (const Chapter& chapter : recorded()) {
    std::filesystem::remove(std::filesystem::path(traces_folder()) / (chapter.name + ".trace"));
  }
  std::size_t exchange_count = 0;
  for (const Chapter& chapter : today().chapters) {
    const auto path = std::filesystem::path(traces_folder()) / (chapter.name + ".trace");
    std::ofstream file(path, std::ios::binary);
    file << write(chapter);
    file.close();
    if (!file) std::fprintf(stderr, "%s cannot be written\n", path.c_str());
    exchange_count += chapter.exchanges.size();
  }
  std::printf("recorded %zu chapters, %zu exchanges\n", today().chapters.size(), exchange_count);
}

TEST(Traces, TheChipAnswersWhatWasRecorded) {
  ASSERT_EQ(recorded().size(), today().chapters.size()) << "a chapter was not recorded, or is no more";
  for (std::size_t i = 0; i < recorded().size(); ++i) {
    EXPECT_EQ(recorded()[i].name, today().chapters[i].name);
    const auto found = differences(recorded()[i], today().chapters[i]);
    EXPECT_TRUE(found.empty()) << lines(found);
  }
}

// Needs the files alone: those of another protocol version are held to it too.
TEST(Traces, EveryMessageIsDecodedAndEncodedAgainToTheSameOctets) {
  const auto folder = std::filesystem::path(traces_folder()).parent_path();
  for (const auto& version : std::filesystem::directory_iterator(folder)) {
    for (const Chapter& chapter : read_traces(version.path())) {
      for (const Exchange& exchange : chapter.exchanges) {
        SCOPED_TRACE(chapter.name + ": " + exchange.name + " at " + exchange.place);
        const MessageRow* row = find_message(exchange.place, exchange.op);
        ASSERT_NE(row, nullptr);
        const auto request = row->request(exchange.request);
        ASSERT_TRUE(request.ok() || exchange.code == Code::malformed);
        EXPECT_TRUE(!request.ok() || request.value() == exchange.request);
        if (exchange.code != Code::ok) {
          EXPECT_LE(exchange.reply.size(), wire::kErrorTextBytesMax);
          continue;
        }
        if (row->reply == nullptr) continue;
        const auto reply = row->reply(exchange.reply);
        ASSERT_TRUE(reply.ok());
        EXPECT_EQ(reply.value(), exchange.reply);
      }
    }
  }
}

TEST(Traces, EveryRequestIsThereAtEveryEntranceAnsweredAndRefused) {
  const Coverage coverage = coverage_of(recorded());
  std::fputs(coverage.table.c_str(), stdout);
  EXPECT_TRUE(coverage.missing.empty()) << lines(coverage.missing);
}

TEST(Traces, WhatIsMaskedIsNamedAndNeeded) {
  std::puts("masked:");
  for (const Mask& mask : masks()) {
    std::printf("  %s: %s\n", std::string(mask.name).c_str(), std::string(mask.reason).c_str());
    EXPECT_TRUE(today().masks_used.contains(mask.name)) << mask.name << " masks nothing: remove it";
  }
}

TEST(Traces, AnyFlippedOctetIsNoticedAndNamed) {
  std::string example;
  for (const Chapter& chapter : recorded()) {
    for (std::size_t i = 0; i < chapter.exchanges.size(); ++i) {
      for (Buffer Exchange::* const field : {&Exchange::request, &Exchange::reply}) {
        Chapter changed = {chapter.name, {chapter.exchanges[i]}};
        const Chapter whole = changed;
        Buffer& octets = changed.exchanges[0].*field;
        if (octets.empty()) continue;
        const std::size_t offset = octets.size() / 2;
        octets[offset] ^= 1U;
        const auto found = differences(changed, whole);
        ASSERT_EQ(found.size(), 2U) << "the difference, and what to do";
        EXPECT_NE(found[0].find("[" + chapter.exchanges[i].name + "]"), std::string::npos);
        EXPECT_NE(found[0].find("at octet " + std::to_string(offset) + " "), std::string::npos);
        EXPECT_NE(found[1].find("CHANGELOG.md"), std::string::npos);
        if (example.empty() && octets.size() > 20 && field == &Exchange::reply) example = lines(found);
      }
    }
  }
  EXPECT_FALSE(example.empty());
  std::printf("a flipped octet:\n%s", example.c_str());
}

TEST(Traces, AFileThatIsReadAndWrittenAgainIsTheSame) {
  for (const Chapter& chapter : recorded()) {
    const auto again = read(write(chapter));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again.value().exchanges, chapter.exchanges);
  }
  EXPECT_FALSE(read("Place = socket\n").ok());
  EXPECT_FALSE(read("[name]\n  00\n").ok());
  EXPECT_FALSE(read("[name]\nRequest = 1\n  0\n").ok());
}

Buffer drawn(std::string_view seed) {
  crypto::seed_randomness(seed);
  Buffer octets(1000);
  EXPECT_TRUE(crypto::random_bytes(octets).ok());
  return octets;
}

Buffer key_of(std::string_view seed) {
  crypto::seed_randomness(seed);
  return crypto::PrivateKey::generate({.type = crypto::KeyType::ec, .curve = crypto::Curve::p256})
      .value()
      .public_key()
      .spki();
}

TEST(SeededRandomness, FollowsFromTheSeedAlsoInsideOpenssl) {
  EXPECT_EQ(drawn("one"), drawn("one"));
  EXPECT_NE(drawn("one"), drawn("two"));
  EXPECT_EQ(key_of("one"), key_of("one"));
  EXPECT_NE(key_of("one"), key_of("two"));
}

TEST(SeededRandomness, GivesEachThreadAStreamOfItsOwn) {
  const Buffer mine = drawn("one");
  crypto::seed_randomness("one");
  Buffer other(1000);
  std::thread thread([&other] { EXPECT_TRUE(crypto::random_bytes(other).ok()); });
  thread.join();
  EXPECT_NE(other, mine);
  Buffer after(1000);
  EXPECT_TRUE(crypto::random_bytes(after).ok());
  EXPECT_EQ(after, mine) << "another thread's draws do not move it";
}

}  // namespace
}  // namespace coffer::traces

int main(int argument_count, char** arguments) {
  testing::InitGoogleTest(&argument_count, arguments);
  if (argument_count == 2 && std::string_view(arguments[1]) == "--record") {
    coffer::traces::record();
    return testing::Test::HasFailure() ? 1 : 0;
  }
  return RUN_ALL_TESTS();
}
