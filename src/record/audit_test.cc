// AuditChain: what a reader with the public key alone finds out, and what the chip itself does at its start.
#include "record/audit.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/fixed_clock_testing.h"
#include "codec/hex.h"
#include "crypto/operation.h"
#include "record/record_fixture.h"

namespace coffer::record {
namespace {

constexpr std::uint64_t kCommits = 42;

// field gives what stands between `start` and the next quotation mark.
std::string field(std::string_view line, std::string_view start) {
  const std::size_t at = line.rfind(start);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = line.substr(at + start.size());
  return std::string(rest.substr(0, rest.find('"')));
}

class AuditTest : public testing::Test {
 protected:
  static std::vector<AuditEvent> events(std::size_t count) {
    return std::vector<AuditEvent>(count, AuditEvent{.event = "key.generate"});
  }
  void write(std::size_t count) {
    for (std::string& line : chain.lines(events(count), kCommits)) log.push_back(std::move(line));
  }
  void sign() { log.push_back(chain.checkpoint(key, kCommits).value()); }
  // Whether each line names the one before it, from the first on.
  static bool is_chain(const std::vector<std::string>& lines) {
    crypto::Digest32 hash{};
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (!follows_line(lines[i], hash)) return false;
      if (!lines[i].starts_with("{\"seq\":" + std::to_string(i + 1) + ',')) return false;
      hash = crypto::sha256(as_bytes(lines[i]));
    }
    return true;
  }
  // Whether a checkpoint is signed, by what a reader has: the line and the public key.
  [[nodiscard]] bool is_signed(std::string_view line) const {
    const auto prev = codec::from_hex(field(line, R"("prev":")"));
    const auto signature = codec::from_hex(field(line, R"("signature":")"));
    if (!prev.ok() || !signature.ok()) return false;
    const auto reader = crypto::PublicKey::from_point(crypto::Curve::ed25519, public_point).value();
    Buffer statement = to_buffer(as_bytes("coffer audit checkpoint 1"));
    append(statement, prev.value());
    return crypto::verify(reader, {.mechanism = 0x1057}, statement, signature.value()).ok();
  }

  FixedClock clock;
  LogKey log_key = counted_key<LogKey>();
  AuditChain chain{clock, counted_key<LogKey>()};
  const crypto::PrivateKey key =
      crypto::PrivateKey::from_scalar(crypto::Curve::ed25519, counted_key<LogKey>(9).reveal()).value();
  const Buffer public_point = key.public_key().point();
  std::vector<std::string> log;
};

TEST_F(AuditTest, EachLineNamesTheOneBeforeIt) {
  write(3);
  sign();
  write(1);
  EXPECT_TRUE(is_chain(log));
  EXPECT_EQ(chain.sequence(), log.size());
  EXPECT_EQ(chain.hash(), crypto::sha256(as_bytes(log.back())));
}

TEST_F(AuditTest, ALogThatWasCutInFrontDoubledEditedOrReorderedIsNoChain) {
  write(3);
  sign();
  write(3);
  for (std::size_t i = 0; i < log.size(); ++i) {
    std::vector<std::string> other = log;
    other.insert(other.begin() + static_cast<std::ptrdiff_t>(i), log[i]);
    EXPECT_FALSE(is_chain(other)) << "doubled " << i;
    if (i + 1 == log.size()) break;
    other = log;
    std::swap(other[i], other[i + 1]);
    EXPECT_FALSE(is_chain(other)) << "swapped " << i;
    other = log;
    other.erase(other.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(is_chain(other)) << "without " << i;
    for (std::size_t at = 0; at < log[i].size(); ++at) {
      other = log;
      other[i][at] = other[i][at] == 'x' ? 'y' : 'x';
      EXPECT_FALSE(is_chain(other)) << "octet " << at << " of " << i;
    }
  }
}

TEST_F(AuditTest, AShorterLogIsAChainButNotTheOneThatAMarkNames) {
  write(3);
  const auto whole = log;
  log.pop_back();
  EXPECT_TRUE(is_chain(log));
  EXPECT_NE(hash_of_last({log.back(), log.size()}), chain.hash());
  EXPECT_EQ(hash_of_last({whole.back(), whole.size()}), chain.hash());
}

TEST_F(AuditTest, ACheckpointVerifiesWithThePublicKeyAlone) {
  write(2);
  sign();
  EXPECT_EQ(field(log.back(), R"("key":")"), to_hex(public_point));
  EXPECT_EQ(field(log.back(), R"("prev":")"), to_hex(crypto::sha256(as_bytes(log[1]))));
  EXPECT_TRUE(is_signed(log.back()));
}

TEST_F(AuditTest, ACheckpointOfAnotherPlaceOrKeyDoesNotVerify) {
  write(1);
  sign();
  write(1);
  sign();
  std::string moved = log[3];
  const std::string prev = field(log[1], R"("prev":")");
  moved.replace(moved.find(field(log[3], R"("prev":")")), prev.size(), prev);
  EXPECT_FALSE(is_signed(moved));
  const auto other =
      crypto::PrivateKey::from_scalar(crypto::Curve::ed25519, counted_key<LogKey>().reveal()).value();
  EXPECT_FALSE(is_signed(chain.checkpoint(other, kCommits).value()));
}

TEST_F(AuditTest, ACheckpointCountsFromItselfOn) {
  write(5);
  EXPECT_EQ(chain.lines_since_checkpoint(), 5U);
  sign();
  EXPECT_EQ(chain.lines_since_checkpoint(), 0U);
  write(2);
  EXPECT_EQ(chain.lines_since_checkpoint(), 2U);
}

TEST_F(AuditTest, OnlyTheLastLineOfAnAppendVouches) {
  write(3);
  EXPECT_EQ(vouched_commits(log_key, log[0]), std::nullopt);
  EXPECT_EQ(vouched_commits(log_key, log[1]), std::nullopt);
  EXPECT_EQ(vouched_commits(log_key, log[2]), kCommits);
  sign();
  EXPECT_EQ(vouched_commits(log_key, log[3]), kCommits);
}

TEST_F(AuditTest, ALineVouchesToItsOwnHostAlone) {
  write(1);
  EXPECT_EQ(vouched_commits(counted_key<LogKey>(1), log[0]), std::nullopt);
}

TEST_F(AuditTest, ALineThatWasEditedOrCutDoesNotVouch) {
  write(1);
  for (std::size_t at = 0; at < log[0].size(); ++at) {
    EXPECT_EQ(vouched_commits(log_key, log[0].substr(0, at)), std::nullopt) << "cut to " << at;
    std::string other = log[0];
    other[at] = other[at] == '1' ? '2' : '1';
    EXPECT_EQ(vouched_commits(log_key, other), std::nullopt) << "octet " << at;
  }
}

TEST_F(AuditTest, AnyCountOfCommitsIsVouchedFor) {
  for (const std::uint64_t commits : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
    EXPECT_EQ(vouched_commits(log_key, chain.lines(events(1), commits)[0]), commits);
  }
}

TEST_F(AuditTest, NoTextOfARequestMakesALineThatSaysOtherwise) {
  AuditEvent event{.event = "token.create"};
  for (const char* const text :
       {R"(","prev":"00)", R"(,"commits":7,"prev":"0","mac":"0"})", "\n{}", "\\", "\x01\x7f"}) {
    event.more = {{"label", text}};
    write(1);
    log.push_back(chain.lines({&event, 1}, kCommits)[0]);
    EXPECT_EQ(log.back().find('\n'), std::string::npos);
    EXPECT_EQ(vouched_commits(log_key, log.back()), kCommits);
  }
  EXPECT_TRUE(is_chain(log));
}

TEST_F(AuditTest, ALineOfTheLongestTextsFitsIntoTheLog) {
  const std::string quotes(100'000, '\x01');
  const Who who(wire::Principal{.name = std::string(wire::kPrincipalNameBytesMax, '\x01')});
  AuditEvent event{.event = "token.create", .who = who, .slot = 1, .as = who, .object = ObjectId{}};
  event.more = {{"label", quotes}, {"policy", quotes}};
  EXPECT_LE(chain.lines({&event, 1}, kCommits)[0].size(), store::kAuditLineBytesMax);
}

TEST_F(AuditTest, SetPositionMakesTheNextLinesAsIfTheOthersHadNotBeen) {
  write(2);
  const AuditChain::Position before = chain.position();
  const auto once = chain.lines(events(3), kCommits);
  ASSERT_TRUE(chain.checkpoint(key, kCommits).ok());
  chain.set_position(before);
  EXPECT_EQ(chain.lines_since_checkpoint(), 2U);
  EXPECT_EQ(chain.lines(events(3), kCommits), once);
}

TEST_F(AuditTest, ResumesBehindTheLastLine) {
  write(2);
  AuditChain next(clock, counted_key<LogKey>());
  next.resume({log.back(), log.size()});
  EXPECT_EQ(next.lines(events(1), kCommits), chain.lines(events(1), kCommits));
}

TEST_F(AuditTest, ResumesAtTheBeginningOfAnEmptyLog) {
  chain.resume({});
  write(1);
  EXPECT_TRUE(is_chain(log));
}

TEST_F(AuditTest, NoEventsAreNoLines) {
  EXPECT_TRUE(chain.lines({}, kCommits).empty());
  EXPECT_EQ(chain.sequence(), 0U);
}

}  // namespace
}  // namespace coffer::record
