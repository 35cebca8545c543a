// Tests of verifying the audit log, on logs made by hand.
#include "cli/audit/log_verifier.h"

#include <gtest/gtest.h>

#include <vector>

#include "codec/json.h"
#include "crypto/operation.h"

namespace coffer::cli {
namespace {

constexpr std::uint32_t kEddsa = 0x1057;

crypto::PrivateKey make_key() {
  return crypto::PrivateKey::generate({.type = crypto::KeyType::edwards, .curve = crypto::Curve::ed25519})
      .value();
}

AuditKey public_half(const crypto::PrivateKey& key) {
  AuditKey octets{};
  const Buffer point = key.public_key().point();
  std::copy(point.begin(), point.end(), octets.begin());
  return octets;
}

// Log writes lines as the chip does.
class Log {
 public:
  void event(std::string_view name, std::string_view more_name = {}, const std::string& more = {}) {
    codec::JsonWriter json;
    begin(json, name);
    json.key("principal").begin_object().field("kind", "user").field("id", std::string(32, '0'));
    json.field("name", "0").end_object();
    if (!more_name.empty()) json.field(more_name, more);
    finish(json);
  }

  void checkpoint(const crypto::PrivateKey& key) {
    Buffer statement = to_buffer(as_bytes("coffer audit checkpoint 1"));
    append(statement, hash_);
    std::array<std::uint8_t, 64> signature{};
    EXPECT_TRUE(crypto::sign(key, {.mechanism = kEddsa}, statement, signature).ok());
    codec::JsonWriter json;
    begin(json, "audit.checkpoint");
    json.field("key", to_hex(public_half(key))).field("signature", to_hex(signature));
    finish(json);
  }

  void start_behind(std::uint64_t sequence) { sequence_ = sequence; }

  [[nodiscard]] LogHead head() const { return {.sequence = sequence_, .hash = hash_}; }

  std::vector<std::string> lines;

 private:
  void begin(codec::JsonWriter& json, std::string_view name) {
    json.begin_object().field("seq", sequence_ + 1).field("time", "2026-01-01T00:00:00.000Z");
    json.field("event", name).field("result", "ok");
  }
  void finish(codec::JsonWriter& json) {
    json.field("prev", to_hex(hash_)).end_object();
    lines.push_back(json.take());
    hash_ = crypto::sha256(as_bytes(lines.back()));
    ++sequence_;
  }

  std::uint64_t sequence_ = 0;
  crypto::Digest32 hash_{};
};

class AuditVerify : public ::testing::Test {
 protected:
  // Ten lines: vault.initialize, three events, a checkpoint (line 5), three events, a checkpoint (line 9), an
  // event.
  AuditVerify() {
    log.event("vault.initialize", "audit_key", to_hex(public_half(key)));
    for (int i = 0; i < 3; ++i) log.event("key.generate");
    log.checkpoint(key);
    for (int i = 0; i < 3; ++i) log.event("key.sign");
    log.checkpoint(key);
    log.event("chip.stop");
  }

  LogReport verify(std::optional<AuditKey> with = std::nullopt, std::optional<LogHead> head = std::nullopt) {
    LogVerifier verifier(with, head);
    std::uint64_t number = 0;
    for (const std::string& line : log.lines)
      verifier.line(line, {.file = "audit-000001.log", .line = ++number});
    return verifier.finish();
  }

  // flip changes the character behind the first occurrence of `where` in a line (from 1).
  void flip(std::size_t line, std::string_view where) {
    std::string& text = log.lines[line - 1];
    const std::size_t at = text.find(where);
    ASSERT_NE(at, std::string::npos);
    char& character = text[at + where.size()];
    character = character == '0' ? '1' : '0';
  }

  std::uint64_t faulty_line(std::optional<LogHead> head = std::nullopt) {
    const LogReport report = verify(std::nullopt, head);
    return report.fault ? report.fault->place.line : 0;
  }

  crypto::PrivateKey key = make_key();
  Log log;
};

TEST_F(AuditVerify, AcceptsAGoodLog) {
  const LogReport report = verify();
  EXPECT_FALSE(report.fault.has_value());
  EXPECT_EQ(report.line_count, 10U);
  EXPECT_EQ(report.first_sequence, 1U);
  EXPECT_EQ(report.last_sequence, 10U);
  EXPECT_EQ(report.checkpoint_count, 2U);
  EXPECT_EQ(report.last_signed_sequence, 8U);
}

TEST_F(AuditVerify, TakesTheKeyOfTheFirstLine) { EXPECT_EQ(verify().key, public_half(key)); }

TEST_F(AuditVerify, AcceptsAnEmptyLog) {
  log.lines.clear();
  const LogReport report = verify();
  EXPECT_FALSE(report.fault.has_value());
  EXPECT_EQ(report.line_count, 0U);
}

TEST_F(AuditVerify, AcceptsTheEndThatTheVaultKnows) {
  const LogReport report = verify(std::nullopt, log.head());
  EXPECT_FALSE(report.fault.has_value());
  EXPECT_TRUE(report.head_checked);
}

TEST_F(AuditVerify, AcceptsLinesBehindTheEndThatTheVaultKnew) {
  const LogHead head = log.head();
  log.event("key.sign");
  const LogReport report = verify(std::nullopt, head);
  EXPECT_FALSE(report.fault.has_value());
  EXPECT_TRUE(report.head_checked);
}

TEST_F(AuditVerify, FindsAChangedEvent) {
  flip(3, "\"event\":\"key");
  EXPECT_EQ(faulty_line(), 3U);
}

TEST_F(AuditVerify, CountsTheLinesInFrontOfTheFault) {
  flip(7, "\"time\":\"202");
  EXPECT_EQ(verify().line_count, 6U);
}

TEST_F(AuditVerify, FindsAChangedTime) {
  flip(2, "\"time\":\"202");
  EXPECT_EQ(faulty_line(), 2U);
}

TEST_F(AuditVerify, FindsAChangedNumber) {
  flip(7, "\"seq\":");
  EXPECT_EQ(faulty_line(), 7U);
}

TEST_F(AuditVerify, FindsAChangedHash) {
  flip(7, "\"prev\":\"");
  EXPECT_EQ(faulty_line(), 7U);
}

TEST_F(AuditVerify, FindsAChangedHashOfTheFirstLine) {
  flip(1, "\"prev\":\"");
  EXPECT_EQ(faulty_line(), 1U);
}

TEST_F(AuditVerify, FindsAChangedKeyInTheFirstLine) {
  flip(1, "\"audit_key\":\"");
  EXPECT_EQ(faulty_line(), 1U);
}

TEST_F(AuditVerify, FindsAChangeInFrontOfACheckpoint) {
  flip(4, "\"time\":\"202");
  EXPECT_EQ(faulty_line(), 4U);
}

TEST_F(AuditVerify, FindsAChangedSignature) {
  flip(9, "\"signature\":\"");
  const LogReport report = verify();
  ASSERT_TRUE(report.fault.has_value());
  EXPECT_EQ(report.fault->place.line, 9U);
  EXPECT_EQ(report.fault->text, "the checkpoint's signature is wrong");
}

TEST_F(AuditVerify, FindsAChangedKeyInACheckpoint) {
  flip(5, "\"key\":\"");
  const LogReport report = verify();
  ASSERT_TRUE(report.fault.has_value());
  EXPECT_EQ(report.fault->place.line, 5U);
  EXPECT_EQ(report.fault->text, "the checkpoint names another key");
}

TEST_F(AuditVerify, FindsAChangedTimeOfACheckpoint) {
  flip(5, "\"time\":\"202");
  EXPECT_EQ(faulty_line(), 5U);
}

TEST_F(AuditVerify, FindsALineThatIsNoJson) {
  log.lines[5][0] = '(';
  EXPECT_EQ(faulty_line(), 6U);
}

TEST_F(AuditVerify, CannotFindAChangeInTheLastLineWithoutTheVault) {
  flip(10, "\"time\":\"202");
  EXPECT_EQ(faulty_line(), 0U);
}

TEST_F(AuditVerify, FindsAChangeInTheLastLineWithTheVault) {
  const LogHead head = log.head();
  flip(10, "\"time\":\"202");
  EXPECT_EQ(faulty_line(head), 10U);
}

TEST_F(AuditVerify, FindsEveryFlippedByteInFrontOfTheLastLine) {
  const Log good = log;
  for (std::size_t line = 0; line + 1 < good.lines.size(); ++line) {
    for (std::size_t at = 0; at < good.lines[line].size(); ++at) {
      log.lines = good.lines;
      log.lines[line][at] = static_cast<char>(log.lines[line][at] ^ 1);
      const LogReport report = verify(public_half(key), good.head());
      ASSERT_TRUE(report.fault.has_value()) << line << ' ' << at;
      ASSERT_EQ(report.fault->place.line, line + 1) << at << ' ' << report.fault->text;
    }
  }
}

TEST_F(AuditVerify, FindsARemovedLine) {
  log.lines.erase(log.lines.begin() + 2);
  const LogReport report = verify();
  ASSERT_TRUE(report.fault.has_value());
  EXPECT_EQ(report.fault->place.line, 3U);
  EXPECT_EQ(report.fault->sequence, 3U);
}

TEST_F(AuditVerify, FindsLinesOutOfOrder) {
  std::swap(log.lines[5], log.lines[6]);
  EXPECT_EQ(faulty_line(), 6U);
}

TEST_F(AuditVerify, FindsADoubledLine) {
  log.lines.insert(log.lines.begin() + 3, log.lines[2]);
  EXPECT_EQ(faulty_line(), 4U);
}

TEST_F(AuditVerify, FindsACheckpointOfAnotherKey) {
  log.checkpoint(make_key());
  EXPECT_EQ(faulty_line(), 11U);
}

TEST_F(AuditVerify, FindsALogThatSomebodyElseWroteWithTheGivenKey) {
  const LogReport report = verify(public_half(make_key()));
  ASSERT_TRUE(report.fault.has_value());
  EXPECT_EQ(report.fault->place.line, 5U);
}

TEST_F(AuditVerify, FindsAMissingEndWithTheVault) {
  const LogHead head = log.head();
  log.lines.pop_back();
  log.lines.pop_back();
  const LogReport report = verify(std::nullopt, head);
  ASSERT_TRUE(report.fault.has_value());
  EXPECT_EQ(report.fault->place.line, 8U);
  EXPECT_EQ(report.fault->text, "the log ends here, but the vault has written 10 lines");
}

TEST_F(AuditVerify, CannotFindAMissingEndWithoutTheVault) {
  log.lines.pop_back();
  const LogReport report = verify();
  EXPECT_FALSE(report.fault.has_value());
  EXPECT_FALSE(report.head_checked);
}

TEST_F(AuditVerify, FindsAFileThatEndsInsideALine) {
  LogVerifier verifier(std::nullopt, std::nullopt);
  verifier.line(log.lines[0], {.file = "audit-000001.log", .line = 1});
  verifier.broken({.file = "audit-000001.log", .line = 2});
  const LogReport report = verifier.finish();
  ASSERT_TRUE(report.fault.has_value());
  EXPECT_EQ(report.fault->place.line, 2U);
}

TEST_F(AuditVerify, AcceptsALogWhoseFrontIsInAnArchiveWithTheGivenKey) {
  Log rest;
  rest.start_behind(1000);
  rest.event("key.sign");
  rest.checkpoint(key);
  log = rest;
  const LogReport report = verify(public_half(key));
  EXPECT_FALSE(report.fault.has_value());
  EXPECT_EQ(report.first_sequence, 1001U);
}

TEST_F(AuditVerify, RefusesACheckpointThatNoKeyIsKnownFor) {
  Log rest;
  rest.start_behind(1000);
  rest.event("key.sign");
  rest.checkpoint(key);
  log = rest;
  EXPECT_EQ(faulty_line(), 2U);
}

}  // namespace
}  // namespace coffer::cli
