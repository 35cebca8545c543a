// Messages of grants: who else on this host may use the vault.
#pragma once

#include "wire/grant_messages.h"
#include "wire/messages.h"

namespace coffer::wire {

// Grant admits a user to the socket, or takes that back. Only the owner may.
struct Grant {
  static constexpr Op kOp = Op::grant;
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
  static constexpr Op kOp = Op::grants;
  using Response = GrantsReply;
};

}  // namespace coffer::wire
