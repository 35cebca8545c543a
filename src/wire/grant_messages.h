// Messages of grants: who else on this host may use the vault.
#pragma once

#include <cstdint>
#include <vector>

#include "wire/messages.h"

namespace coffer::wire {

inline constexpr std::size_t kGrantTokensMax = 256;  // that one grant names

// Grant admits a user to the socket, or takes that back. A user sees the tokens that the grant names and
// those that it makes itself. Given again, a grant sees `slots` besides what it saw; taken back with slots,
// it only sees those no more. Code::slot_invalid, Code::limit.
struct Grant {
  static constexpr Facts kFacts{Op{7},     "grant",     Holds::nothing,  Again::never,
                                Later::no, From::here,  Needs::unlocked, Right::owner,
                                "grant",   Cost::large, Counted::no};
  using Response = Empty;
  std::uint32_t uid = 0;
  bool admit = true;
  std::vector<std::uint32_t> slots{};

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.uid));
    TRY(visit(in.admit));
    return visit(in.slots, kGrantTokensMax);
  }
};

struct GrantInfo {
  std::uint32_t uid = 0;
  bool sees_all = false;  // grants that were given before they named tokens
  std::vector<std::uint32_t> slots;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.uid));
    TRY(visit(in.sees_all));
    return visit(in.slots, kGrantTokensMax);
  }
};
inline constexpr std::size_t kGrantsInReplyMax = 1024;
struct GrantsReply {
  std::vector<GrantInfo> grants;  // in order of the users
  bool more = false;
  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.grants, kGrantsInReplyMax));
    return visit(in.more);
  }
};

// Grants lists them from this user on.
struct Grants {
  static constexpr Facts kFacts{Op{8},        "grants",    Holds::nothing,  Again::yes,
                                Later::no,    From::here,  Needs::unlocked, Right::owner,
                                "grant.list", Cost::large, Counted::no};
  using Response = GrantsReply;
  std::uint32_t from = 0;

  static Status fields(auto& visit, auto& in) { return visit(in.from); }
};

}  // namespace coffer::wire
