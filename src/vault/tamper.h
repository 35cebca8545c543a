// Tamper: which signals were noticed, and what is to be done about each (docs/formats.md, 5.4).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "crypto/primitives.h"
#include "record/manifest.h"
#include "vault/object_id.h"
#include "vault/pin.h"
#include "wire/tamper_messages.h"

namespace coffer::vault {

// SignalToken is a token at which the tries of guests and network clients count as a signal.
struct SignalToken {
  wire::TamperSignal signal{};
  ObjectId token{};

  bool operator==(const SignalToken&) const = default;
  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.signal));
    return visit(in.token);
  }
};

// TamperRecord is the policy as it is sealed.
struct TamperRecord {
  std::array<std::uint8_t, wire::kTamperSignalsMax> levels{};  // TamperLevel by TamperSignal
  bool is_alarmed = false;
  crypto::Digest32 binary{};  // of the program that last opened the vault; zeros: not known yet
  PinVerifier duress;         // of the PIN that is the signal of that name
  std::vector<SignalToken> signal_tokens;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.levels));
    TRY(visit(in.is_alarmed));
    TRY(visit(in.binary));
    TRY(visit(in.duress));
    return visit(in.signal_tokens, 2 * wire::kTamperTokensMax);
  }
};

// decode_tamper_record reads one; those of before format 6 name no tokens.
Result<TamperRecord> decode_tamper_record(Bytes plaintext);

// valid_levels tells whether every level of a record is one.
bool valid_levels(const TamperRecord& record);

// TamperWatch counts signals since the chip started, and remembers the strongest answer that is due. Safe
// from many threads.
class TamperWatch {
 public:
  explicit TamperWatch(const Clock& clock) : clock_(clock) {}

  // set_policy is what levels come from now on; without one every level is `log`.
  void set_policy(const std::optional<TamperRecord>& policy);
  // noticed counts a signal and gives its level; `level_max` bounds it.
  wire::TamperLevel noticed(wire::TamperSignal signal, wire::TamperLevel level_max);
  // take_due gives the strongest level noticed since it was last asked; `log` when nothing is due.
  wire::TamperLevel take_due();
  [[nodiscard]] wire::TamperShowReply show() const;

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards all below
  std::optional<TamperRecord> policy_;
  std::array<wire::TamperState, wire::kTamperSignals> states_{};
  std::atomic<wire::TamperLevel> due_ =
      wire::TamperLevel::log;  // read without the mutex: after every request
};

// signal_name and level_name are the words of audit log and command line.
std::string_view signal_name(wire::TamperSignal signal);
std::string_view level_name(wire::TamperLevel level);

}  // namespace coffer::vault
