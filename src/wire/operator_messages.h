// Operator messages: people with a name, a role and a PIN of their own at a token (C_LoginUser).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wire/messages.h"
#include "wire/principal.h"

namespace coffer::wire {

inline constexpr std::size_t kOperatorNameBytesMax = 64;
inline constexpr std::size_t kOperatorsMax = 256;  // of one token
inline constexpr std::size_t kUnlockPrincipalsMax = 64;
inline constexpr std::size_t kTriesShownMax = 4096;

// OperatorRole says what an operator may do: use the token as its user does; look at what is public; make
// backups of the vault.
enum class OperatorRole : std::uint8_t { user = 0, auditor = 1, backup = 2 };
constexpr bool is_valid(OperatorRole role) { return role <= OperatorRole::backup; }

// OperatorAdd makes an operator. The security officer must be logged in.
struct OperatorAdd {
  static constexpr Facts kFacts{Op{140},        "operator_add", Holds::secret,   Again::never,
                                Later::no,      From::anywhere, Needs::unlocked, Right::officer,
                                "operator.add", Cost::desk,     Counted::no};
  using Response = Empty;
  std::uint32_t slot = 0;
  std::string name;  // UTF-8
  OperatorRole role = OperatorRole::user;
  SecretBytes pin;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.name, kOperatorNameBytesMax));
    TRY(visit(in.role));
    return visit(in.pin, kPinBytesMax);
  }
};

struct OperatorInfo {
  std::string name;
  PrincipalId id{};  // in policies of keys and in the audit log
  OperatorRole role = OperatorRole::user;
  std::uint8_t tries_left = 0;
  std::uint8_t tries_max = 0;
  std::uint64_t created = 0;  // seconds since 1970

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.name, kOperatorNameBytesMax));
    TRY(visit(in.id));
    TRY(visit(in.role));
    TRY(visit(in.tries_left));
    TRY(visit(in.tries_max));
    return visit(in.created);
  }
};
struct OperatorsReply {
  std::vector<OperatorInfo> operators;
  static Status fields(auto& visit, auto& in) { return visit(in.operators, kOperatorsMax); }
};
// Operators lists a token's operators to whoever is logged in there, and to the owner of the vault.
struct Operators {
  static constexpr Facts kFacts{Op{141},   "operators",    Holds::nothing,  Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::large,    Counted::no};
  using Response = OperatorsReply;
  std::uint32_t slot = 0;
  static Status fields(auto& visit, auto& in) { return visit(in.slot); }
};

enum class OperatorAction : std::uint8_t { remove = 0, unlock = 1 };
constexpr bool is_valid(OperatorAction action) { return action <= OperatorAction::unlock; }

// OperatorChange removes an operator, or gives back all tries of the PIN; with `pin`, it is the new PIN. The
// security officer must be logged in.
struct OperatorChange {
  static constexpr Facts kFacts{Op{142},           "operator_change", Holds::secret,   Again::never,
                                Later::no,         From::anywhere,    Needs::unlocked, Right::officer,
                                "operator.change", Cost::desk,        Counted::no};
  using Response = Empty;
  std::uint32_t slot = 0;
  std::string name;
  OperatorAction action = OperatorAction::remove;
  SecretBytes pin;  // empty: it stays

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.name, kOperatorNameBytesMax));
    TRY(visit(in.action));
    return visit(in.pin, kPinBytesMax);
  }
};

// TokenUnlock gives all tries of a PIN back, also of the security officer's; the PIN stays what it is, and
// the waits after wrong ones go on. Only the owner of the vault may.
struct TokenUnlock {
  static constexpr Facts kFacts{Op{172},        "token_unlock", Holds::nothing,  Again::never,
                                Later::no,      From::here,     Needs::unlocked, Right::owner,
                                "token.unlock", Cost::desk,     Counted::no};
  using Response = Empty;
  std::uint32_t slot = 0;
  UserType user = UserType::user;
  std::string name{};              // of an operator, instead of `user`; else empty
  std::vector<Principal> whose{};  // whose wrong PINs are forgotten; empty: everybody's

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.user));
    TRY(visit(in.name, kOperatorNameBytesMax));
    return visit(in.whose, kUnlockPrincipalsMax);
  }
};

// PinTries are the wrong PINs of one principal for one PIN.
struct PinTries {
  Principal who;
  bool is_officers = false;
  bool is_by_name = false;  // an operator's; without a name, those of names that nobody has
  std::string name;
  std::uint8_t failures = 0;
  std::uint8_t tries_max = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.who));
    TRY(visit(in.is_officers));
    TRY(visit(in.is_by_name));
    TRY(visit(in.name, kOperatorNameBytesMax));
    TRY(visit(in.failures));
    return visit(in.tries_max);
  }
};
struct TokenTriesReply {
  std::vector<PinTries> tries;
  static Status fields(auto& visit, auto& in) { return visit(in.tries, kTriesShownMax); }
};
// TokenTries lists who typed wrong PINs at a token, as far as none was right since. Only the owner may.
struct TokenTries {
  static constexpr Facts kFacts{Op{173},       "token_tries", Holds::nothing,  Again::yes,
                                Later::no,     From::here,    Needs::unlocked, Right::owner,
                                "token.tries", Cost::large,   Counted::no};
  using Response = TokenTriesReply;
  std::uint32_t slot = 0;
  static Status fields(auto& visit, auto& in) { return visit(in.slot); }
};

// OperatorLogin is Login by name. A name that nobody has fails as a wrong PIN does.
struct OperatorLogin {
  static constexpr Facts kFacts{Op{143},   "operator_login", Holds::secret,   Again::guess,
                                Later::no, From::anywhere,   Needs::unlocked, Right::everybody,
                                "",        Cost::desk,       Counted::no};
  using Response = LoginReply;
  std::uint32_t slot = 0;
  std::string name;
  SecretBytes pin;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.name, kOperatorNameBytesMax));
    return visit(in.pin, kPinBytesMax);
  }
};

}  // namespace coffer::wire
