// Join: a client without a certificate asks a server for one.
#pragma once

#include "base/result.h"
#include "net/join_token.h"
#include "net/link_home.h"

namespace coffer::net {

inline constexpr std::uint64_t kJoinMilliseconds = 10000;

// join makes a key, spends the token and gives the entry to save. Fails with `denied` when the server is not
// the token's or takes the token no more, with `unavailable` when it does not answer, and with `timed_out`.
Result<ServerEntry> join(JoinToken token);

}  // namespace coffer::net
