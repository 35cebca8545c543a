// Messages of grants: who else on this host may use the vault.
#pragma once

#include "wire/grant_messages.h"
#include "wire/messages.h"

namespace coffer::wire {

// Grant admits a user to the socket, or takes that back. Only the owner may.
struct Grant {
  static constexpr Facts kFacts{Op{7},     "grant",     Holds::nothing,  Again::never,
                                Later::no, From::here,  Needs::unlocked, Right::owner,
                                "grant",   Cost::large, Counted::no};
  using Response = Empty;
  std::uint32_t uid = 0;
  bool admit = true;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.uid));
    return visit(in.admit);
  }
};

struct GrantsReply {
  std::vector<std::uint32_t> uids;
  static Status fields(auto& visit, auto& in) { return visit(in.uids, kGrantsMax); }
};

struct Grants : Empty {
  static constexpr Facts kFacts{Op{8},        "grants",    Holds::nothing,  Again::yes,
                                Later::no,    From::here,  Needs::unlocked, Right::owner,
                                "grant.list", Cost::large, Counted::no};
  using Response = GrantsReply;
};

}  // namespace coffer::wire
