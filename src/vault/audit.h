// Audit: every decision of the chip as a line of JSON, chained by hashes, with signed checkpoints
// (docs/formats.md).
//
// Each line holds its sequence number and the SHA-256 of the line before it; a checkpoint line holds an
// Ed25519 signature over that hash. So the log is verified with the public key alone. Lines hold nothing
// secret and no labels: principals are user numbers
// and names of operators, keys are object ids.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/public_memory.h"
#include "base/result.h"
#include "crypto/key.h"
#include "crypto/primitives.h"
#include "wire/messages.h"

namespace coffer::vault {

// kCheckpointLines is after how many lines the chip signs a checkpoint on its own.
inline constexpr std::uint64_t kCheckpointLines = 1000;

// kAuditValueBytesMax is how much of a text of a request gets into a line; the rest is cut off and marked
// with "...". A line stays below the writer's limit (store::kAuditLineBytesMax) even if every octet must be
// escaped.
inline constexpr std::size_t kAuditValueBytesMax = 256;

// AuditEvent is one thing to record. Absent members leave no trace in the line.
struct AuditEvent {
  std::string_view event;            // literal: "key.generate", "login.refused", ...
  std::optional<std::uint32_t> uid;  // who asked
  std::optional<std::uint32_t> slot;
  std::string operator_name;  // of who is logged in by name
  std::optional<wire::ObjectId> object;
  std::string_view mechanism;  // literal out of the mechanism table
  Code result = Code::ok;
  std::uint64_t count = 1;                                     // of a summary
  std::vector<std::pair<std::string_view, std::string>> more;  // literal names, public values
};

// AuditChain turns events into chained lines. One thread at a time.
class AuditChain {
 public:
  explicit AuditChain(const Clock& clock) : clock_(clock) {}

  // resume goes on behind `last_line`, which was the `line_count`-th.
  void resume(std::uint64_t line_count, std::string_view last_line);

  // line makes the next line of the chain and moves on.
  std::string line(const AuditEvent& event);

  // checkpoint makes a line that signs everything before it.
  Result<std::string> checkpoint(const crypto::PrivateKey& key);

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
  std::string finish(std::string body);

  const Clock& clock_;
  std::uint64_t sequence_ = 0;
  crypto::Digest32 hash_{};
  std::uint64_t since_checkpoint_ = 0;
};

// UsageSummary counts uses that are recorded in summary: one line per key, principal, mechanism and second.
// Safe from many threads.
class UsageSummary {
 public:
  // Key is what a count is kept for. `event` and `mechanism` are literals.
  struct Key {
    std::string_view event;
    std::string_view mechanism;
    std::uint32_t uid = 0;
    std::uint32_t slot = 0;
    std::string operator_name{};
    wire::ObjectId object{};
    Code result = Code::ok;

    auto operator<=>(const Key&) const = default;
  };

  // kKeysMax bounds the memory; beyond it add() answers false, and the use must be recorded at once or
  // refused.
  static constexpr std::size_t kKeysMax = 65536;

  bool add(const Key& key);
  // oldest gives counts as events, at most `count_max`; written() forgets as many of them. What was there
  // first comes first: a count that begins meanwhile waits until all those were taken.
  std::vector<AuditEvent> oldest(std::size_t count_max);
  void written(std::size_t count);
  [[nodiscard]] bool empty() const;
  // has_rest tells whether some of what oldest() began to give was not yet written.
  [[nodiscard]] bool has_rest() const;
  // refuse makes add() answer false until it is called with false: the log has not taken anything for too
  // long.
  void refuse(bool is_refusing);

 private:
  // Anybody who reads the audit log may know it, and it grows with the number of keys.
  using Counts = PublicMap<Key, std::uint64_t>;

  mutable std::mutex mutex_;
  Counts counts_;
  Counts leaving_;  // what oldest() is giving
  bool is_refusing_ = false;
};

// code_name is a code as the audit log spells it: "ok", "denied", "pin-incorrect", ...
std::string_view code_name(Code code);

}  // namespace coffer::vault
