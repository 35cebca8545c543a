// Messages of tamper response and destruction.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wire/messages.h"

namespace coffer::wire {

inline constexpr std::size_t kZeroizeCodeBytesMax = 32;
inline constexpr std::size_t kTamperSignalsMax = 16;
inline constexpr std::size_t kTamperTokensMax = 256;  // that are named for one signal

// TamperSignal is something that the chip notices.
enum class TamperSignal : std::uint8_t {
  rollback = 0,        // store or audit log are older than the vault remembers
  record = 1,          // a record or manifest does not verify
  changed_binary = 2,  // the program is another than at the last start
  failures = 3,        // a PIN was locked, or ten passphrases were wrong
  debugger = 4,        // somebody was the chip's debugger when it was started; it was ended and started anew
  duress = 5,          // the duress PIN was shown
};
constexpr bool is_valid(TamperSignal signal) { return signal <= TamperSignal::duress; }
inline constexpr std::size_t kTamperSignals = 6;

// TamperLevel is what the chip does then. Each level does what the ones before it do.
enum class TamperLevel : std::uint8_t {
  log = 0,      // an audit line
  lock = 1,     // locks the vault
  error = 2,    // and refuses everything until the owner clears it
  destroy = 3,  // destroys the vault, as Zeroize does
};
constexpr bool is_valid(TamperLevel level) { return level <= TamperLevel::destroy; }

// TamperState is one signal: what is done about it, and how often it was noticed since the vault was opened.
struct TamperState {
  TamperSignal signal = TamperSignal::rollback;
  TamperLevel level = TamperLevel::log;
  std::uint32_t count = 0;
  std::uint64_t last = 0;            // seconds since 1970; 0: never
  std::vector<std::uint32_t> slots;  // where guests and network clients send it too

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.signal));
    TRY(visit(in.level));
    TRY(visit(in.count));
    TRY(visit(in.last));
    return visit(in.slots, kTamperTokensMax);
  }
};

// TamperShow works in every state; a locked vault does not tell its levels.
struct TamperShowReply {
  std::vector<TamperState> signals;
  bool levels_known = false;
  bool is_alarmed = false;  // a signal of level `error` fired, and nobody has cleared it
  bool has_duress_pin = false;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.signals, kTamperSignalsMax));
    TRY(visit(in.levels_known));
    TRY(visit(in.is_alarmed));
    return visit(in.has_duress_pin);
  }
};
struct TamperShow : Empty {
  static constexpr Facts kFacts{Op{135},       "tamper_show", Holds::nothing, Again::yes,
                                Later::no,     From::here,    Needs::nothing, Right::owner,
                                "tamper.show", Cost::small,   Counted::no};
  using Response = TamperShowReply;
};

// by_guests tells whether a signal comes from PINs that are tried, so that guests and network clients could
// send it.
constexpr bool by_guests(TamperSignal signal) {
  return signal == TamperSignal::failures || signal == TamperSignal::duress;
}

// TamperSet chooses the level of one signal. Guests' and network clients' tries at PINs are answered with
// `log` only, but at the tokens in `slots`, which replace those that were named before. Code::slot_invalid,
// Code::invalid for slots with a signal that is not by_guests().
struct TamperSet {
  static constexpr Facts kFacts{Op{136},      "tamper_set", Holds::nothing,  Again::never,
                                Later::no,    From::here,   Needs::unlocked, Right::owner,
                                "tamper.set", Cost::large,  Counted::no};
  using Response = Empty;
  TamperSignal signal = TamperSignal::rollback;
  TamperLevel level = TamperLevel::log;
  std::vector<std::uint32_t> slots{};

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.signal));
    TRY(visit(in.level));
    return visit(in.slots, kTamperTokensMax);
  }
};

// TamperClear ends the alarm and opens the vault. Only the owner may.
struct TamperClear {
  static constexpr Facts kFacts{Op{137},        "tamper_clear", Holds::secret,  Again::never,
                                Later::no,      From::here,     Needs::nothing, Right::owner,
                                "tamper.clear", Cost::heavy,    Counted::no};
  using Response = Empty;
  SecretBytes passphrase;  // as for Unlock

  static Status fields(auto& visit, auto& in) { return visit(in.passphrase, kPassphraseBytesMax); }
};

// TamperDuress chooses the duress PIN, or takes it away when `pin` is empty. Only the owner may. Fails with
// `pin_length` outside kPinBytesMin..Max.
struct TamperDuress {
  static constexpr Facts kFacts{Op{155},         "tamper_duress", Holds::secret,   Again::never,
                                Later::no,       From::here,      Needs::unlocked, Right::owner,
                                "tamper.duress", Cost::heavy,     Counted::no};
  using Response = Empty;
  SecretBytes pin;

  static Status fields(auto& visit, auto& in) { return visit(in.pin, kPinBytesMax); }
};

// ZeroizePrepare gives a code that is good once, for a minute, and says what would be destroyed. Only the
// owner may; it works in every state but an empty one.
struct ZeroizePrepareReply {
  std::string code;
  std::uint32_t valid_seconds = 0;
  std::array<std::uint8_t, 16> realm{};
  bool content_known = false;  // a locked vault does not know what it holds
  std::uint64_t object_count = 0;
  std::uint32_t token_count = 0;
  std::uint32_t authority_count = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.code, kZeroizeCodeBytesMax));
    TRY(visit(in.valid_seconds));
    TRY(visit(in.realm));
    TRY(visit(in.content_known));
    TRY(visit(in.object_count));
    TRY(visit(in.token_count));
    return visit(in.authority_count);
  }
};
struct ZeroizePrepare : Empty {
  static constexpr Facts kFacts{Op{138},       "zeroize_prepare", Holds::nothing, Again::never,
                                Later::no,     From::here,        Needs::nothing, Right::owner,
                                "vault.erase", Cost::large,       Counted::no};
  using Response = ZeroizePrepareReply;
};

// Zeroize destroys the vault. When it is answered, the domain key is gone from store and memory; host.key and
// all files but the audit log follow, if need be at the next start.
struct Zeroize {
  static constexpr Facts kFacts{Op{139},       "zeroize",   Holds::nothing, Again::never,
                                Later::no,     From::here,  Needs::nothing, Right::owner,
                                "vault.erase", Cost::large, Counted::no};
  using Response = Empty;
  std::string code;

  static Status fields(auto& visit, auto& in) { return visit(in.code, kZeroizeCodeBytesMax); }
};

}  // namespace coffer::wire
