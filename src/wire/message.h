// Message: what every message is made of, and names that many of them carry.
//
// A request type states its facts as kFacts (wire/facts.h), names its reply type as Response and lists its
// fields once (codec/binary.h). Requests may carry secrets into the chip; no reply can carry one out but what
// is made to be handed out (BearerSecret): replies are written by BinaryWriter, which has no function for
// other secret types. `Bytes` and `string_view` fields are views into the frame they were decoded from.
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
#include "wire/facts.h"
#include "wire/frame.h"
#include "wire/limits.h"

namespace coffer::wire {

// ObjectId names an object for ever: 16 random octets.
using ObjectId = std::array<std::uint8_t, 16>;

// ApplicationId names a process (and its forks) to the chip: 32 random octets that let a second connection
// share the logins and session objects of the first.
struct ApplicationId : BearerSecret<32> {};

// LoginTicket is a MACed statement of the chip that this user of this host logged in to this token. A new
// connection (after a fork, after a restart of the chip) resumes the login with it.
struct LoginTicket : BearerBytes {};

// Empty is a message without fields.
struct Empty {
  static Status fields(auto& /*visit*/, auto& /*in*/) { return {}; }
};

}  // namespace coffer::wire
