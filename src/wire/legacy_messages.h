// Legacy messages: which outdated mechanisms a token permits, and what it can do then.
#pragma once

#include <cstdint>

#include "wire/messages.h"

namespace coffer::wire {

// TokenMechanisms asks for the mechanisms of one token: those of Mechanisms, and the outdated ones if it
// permits them.
struct TokenMechanisms {
  static constexpr Facts kFacts{Op{160},   "token_mechanisms", Holds::nothing,  Again::yes,
                                Later::no, From::anywhere,     Needs::unlocked, Right::everybody,
                                "",        Cost::large,        Counted::yes};
  using Response = MechanismsReply;
  std::uint32_t slot = 0;

  static Status fields(auto& visit, auto& in) { return visit(in.slot); }
};

struct TokenLegacyReply {
  bool is_on = false;

  static Status fields(auto& visit, auto& in) { return visit(in.is_on); }
};
// TokenLegacy asks whether a token permits outdated mechanisms; its security officer may turn that on and
// off.
struct TokenLegacy {
  static constexpr Facts kFacts{Op{161},   "token_legacy", Holds::nothing,  Again::never,
                                Later::no, From::here,     Needs::unlocked, Right::judged,
                                "",        Cost::desk,     Counted::no};
  using Response = TokenLegacyReply;
  std::uint32_t slot = 0;
  bool changes = false;
  bool turns_on = false;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.changes));
    return visit(in.turns_on);
  }
};

}  // namespace coffer::wire
