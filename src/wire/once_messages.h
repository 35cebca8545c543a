// Once: a request that makes token objects, with a number that lets it be sent again without happening again.
#pragma once

#include <array>
#include <cstdint>

#include "wire/messages.h"

namespace coffer::wire {

// RequestId is the client's number for one creation: random, never used for another.
using RequestId = std::array<std::uint8_t, 16>;

// Once carries a request that may be asked for once (Again::once). C_EncapsulateKey may not: each try has a
// ciphertext of its own. The ids of the token objects that it makes follow from the caller, the
// partition and `id`, so a second delivery finds the objects of the first - also after the vault was started
// anew - and gets their answer. The output is the payload of the request's own Response.
struct Once {
  static constexpr Facts kFacts{Op{170},   "once",         Holds::secret,   Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::heavy,    Counted::no};
  using Response = OutputReply;
  RequestId id{};
  std::uint32_t op = 0;  // Op of the request
  Bytes request;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.id));
    TRY(visit(in.op));
    return visit(in.request, kPayloadBytesMax);
  }
};

}  // namespace coffer::wire
