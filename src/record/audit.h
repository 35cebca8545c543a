// Audit: every decision of the chip as a line of JSON, chained by hashes, with signed checkpoints
// (docs/formats.md).
//
// Each line holds its sequence number and the SHA-256 of the line before it; a checkpoint line holds an
// Ed25519 signature over that hash. So the log is verified with the public key alone. The last line of each
// append also vouches for those in front of it, to this host's chip alone: until head and mark name it
// (vault/history.h). Lines hold nothing secret and no labels: who asked is a principal (wire/principal.h),
// keys are object ids.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/public_memory.h"
#include "base/result.h"
#include "codec/json.h"
#include "crypto/key.h"
#include "crypto/primitives.h"
#include "record/ladder.h"
#include "record/who.h"
#include "store/audit_log.h"
#include "wire/messages.h"

namespace coffer::record {

// kCheckpointLines is after how many lines the chip signs a checkpoint on its own.
inline constexpr std::uint64_t kCheckpointLines = 1000;

// kAuditValueBytesMax is how much of a text of a request gets into a line; the rest is cut off and marked
// with "...". A line stays below the writer's limit (store::kAuditLineBytesMax) even if every octet must be
// escaped.
inline constexpr std::size_t kAuditValueBytesMax = 256;

// AuditEvent is one thing to record. Absent members leave no trace in the line.
struct AuditEvent {
  std::string_view event;  // literal: "key.generate", "login.refused", ...
  Who who;                 // who asked
  std::optional<std::uint32_t> slot;
  Who as;  // the operator who is logged in
  std::optional<wire::ObjectId> object;
  std::string_view mechanism;  // literal out of the mechanism table
  Code result = Code::ok;
  std::uint64_t count = 1;                                     // of a summary
  std::vector<std::pair<std::string_view, std::string>> more;  // literal names, public values
};

// AuditChain turns events into chained lines. One thread at a time.
class AuditChain {
 public:
  AuditChain(const Clock& clock, LogKey key) : clock_(clock), key_(std::move(key)) {}

  // resume goes on behind the last line that there is.
  void resume(const store::AuditTail& tail);

  // lines makes the next lines of the chain, to be appended at once, and moves on. The last of them vouches
  // for all, and names how many commits of the store are known to be durable.
  std::vector<std::string> lines(std::span<const AuditEvent> events, std::uint64_t commits);

  // checkpoint makes a line that signs everything before it, and vouches likewise.
  Result<std::string> checkpoint(const crypto::PrivateKey& key, std::uint64_t commits);

  [[nodiscard]] std::uint64_t sequence() const { return sequence_; }
  [[nodiscard]] const crypto::Digest32& hash() const { return hash_; }
  [[nodiscard]] std::uint64_t lines_since_checkpoint() const { return since_checkpoint_; }

  // Position is where the chain stands; set_position goes back to it when the lines since were not kept.
  struct Position {
    std::uint64_t sequence = 0;
    crypto::Digest32 hash{};
    std::uint64_t since_checkpoint = 0;
  };
  [[nodiscard]] Position position() const { return {sequence_, hash_, since_checkpoint_}; }
  void set_position(const Position& position);

 private:
  std::string finish(codec::JsonWriter& json, std::optional<std::uint64_t> commits);
  std::string line(const AuditEvent& event, std::optional<std::uint64_t> commits);

  const Clock& clock_;
  const LogKey key_;
  std::uint64_t sequence_ = 0;
  crypto::Digest32 hash_{};
  std::uint64_t since_checkpoint_ = 0;
};

// follows_line tells whether a line names that hash as the one of the line before it.
bool follows_line(std::string_view line, const crypto::Digest32& previous);

// hash_of_last is what the next line will name: zeros behind none.
crypto::Digest32 hash_of_last(const store::AuditTail& tail);

// vouched_commits gives the count of commits that a line names, if it vouches for itself.
std::optional<std::uint64_t> vouched_commits(const LogKey& key, std::string_view line);

// code_name is a code as the audit log spells it: "ok", "denied", "pin-incorrect", ...
std::string_view code_name(Code code);

}  // namespace coffer::record
