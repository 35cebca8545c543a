// Token messages: slots, tokens, PINs and logins.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "wire/message.h"

namespace coffer::wire {

enum class UserType : std::uint8_t { security_officer = 0, user = 1 };
constexpr bool is_valid(UserType type) { return type <= UserType::user; }

// TokenInfo is a slot and, when initialised, its token.
struct TokenInfo {
  std::uint32_t slot = 0;
  bool initialized = false;
  std::string label;  // UTF-8, without the padding blanks
  std::array<std::uint8_t, 8> serial{};
  bool user_pin_set = false;
  std::uint8_t user_tries_left = 0;
  std::uint8_t officer_tries_left = 0;
  std::uint8_t tries_max = 0;
  std::uint64_t created = 0;  // seconds since 1970
  std::uint64_t object_count = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.initialized));
    TRY(visit(in.label, kLabelBytesMax));
    TRY(visit(in.serial));
    TRY(visit(in.user_pin_set));
    TRY(visit(in.user_tries_left));
    TRY(visit(in.officer_tries_left));
    TRY(visit(in.tries_max));
    TRY(visit(in.created));
    return visit(in.object_count);
  }
};
struct SlotsReply {
  std::vector<TokenInfo> slots;
  static Status fields(auto& visit, auto& in) { return visit(in.slots, kSlotsMax); }
};
// Slots lists the tokens and the one uninitialised slot behind them.
struct Slots : Empty {
  static constexpr Facts kFacts{Op{20},    "slots",        Holds::nothing,  Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::everybody,
                                "",        Cost::large,    Counted::no};
  using Response = SlotsReply;
};

// InitToken makes a token in the uninitialised slot, or, given the right officer PIN, empties an existing
// one. With `user_pin` the user's PIN is set at once.
struct InitToken {
  static constexpr Facts kFacts{Op{21},    "init_token",   Holds::secret,   Again::never,
                                Later::no, From::anywhere, Needs::unlocked, Right::everybody,
                                "",        Cost::desk,     Counted::no};
  using Response = Empty;
  std::uint32_t slot = 0;
  SecretBytes officer_pin;
  std::string label;
  SecretBytes user_pin{};  // empty: the officer sets it later (InitPin)

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.officer_pin, kPinBytesMax));
    TRY(visit(in.label, kLabelBytesMax));
    return visit(in.user_pin, kPinBytesMax);
  }
};

struct LoginReply {
  LoginTicket ticket;
  static Status fields(auto& visit, auto& in) { return visit(in.ticket, kTicketBytesMax); }
};
struct Login {
  static constexpr Facts kFacts{Op{22},    "login",        Holds::secret,   Again::guess,
                                Later::no, From::anywhere, Needs::unlocked, Right::everybody,
                                "",        Cost::desk,     Counted::no};
  using Response = LoginReply;
  std::uint32_t slot = 0;
  UserType user = UserType::user;
  SecretBytes pin;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.user));
    return visit(in.pin, kPinBytesMax);
  }
};
struct Resume {
  static constexpr Facts kFacts{Op{23},    "resume",       Holds::secret,   Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::everybody,
                                "",        Cost::large,    Counted::no};
  using Response = Empty;
  LoginTicket ticket;
  static Status fields(auto& visit, auto& in) { return visit(in.ticket, kTicketBytesMax); }
};
struct Logout {
  static constexpr Facts kFacts{Op{24},    "logout",       Holds::nothing,  Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::everybody,
                                "",        Cost::large,    Counted::no};
  using Response = Empty;
  std::uint32_t slot = 0;
  static Status fields(auto& visit, auto& in) { return visit(in.slot); }
};
// InitPin sets the user's PIN; the officer must be logged in.
struct InitPin {
  static constexpr Facts kFacts{Op{25},           "init_pin",     Holds::secret,   Again::never,
                                Later::no,        From::anywhere, Needs::unlocked, Right::officer,
                                "pin.initialize", Cost::desk,     Counted::no};
  using Response = Empty;
  std::uint32_t slot = 0;
  SecretBytes pin;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    return visit(in.pin, kPinBytesMax);
  }
};
// SetPin changes the PIN of whoever is logged in, or the user's when nobody is.
struct SetPin {
  static constexpr Facts kFacts{Op{26},    "set_pin",      Holds::secret,   Again::guess,
                                Later::no, From::anywhere, Needs::unlocked, Right::everybody,
                                "",        Cost::desk,     Counted::no};
  using Response = Empty;
  std::uint32_t slot = 0;
  SecretBytes old_pin;
  SecretBytes new_pin;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.old_pin, kPinBytesMax));
    return visit(in.new_pin, kPinBytesMax);
  }
};
// DestroyToken shreds a token's partition key and with it everything in the token. Only the owner may.
struct DestroyToken {
  static constexpr Facts kFacts{Op{27},          "destroy_token", Holds::nothing,  Again::never,
                                Later::no,       From::here,      Needs::unlocked, Right::owner,
                                "token.destroy", Cost::desk,      Counted::no};
  using Response = Empty;
  std::uint32_t slot = 0;
  static Status fields(auto& visit, auto& in) { return visit(in.slot); }
};

}  // namespace coffer::wire
