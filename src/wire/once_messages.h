// Once: a request that makes token objects, with a number that lets it be sent again without happening again.
#pragma once

#include <array>
#include <cstdint>

#include "wire/messages.h"

namespace coffer::wire {

// RequestId is the client's number for one creation: random, never used for another.
using RequestId = std::array<std::uint8_t, 16>;

// is_made_once tells which requests can go inside Once. C_EncapsulateKey cannot: each try has a ciphertext of
// its own.
constexpr bool is_made_once(Op op) {
  switch (op) {
    case Op::create_object:
    case Op::copy_object:
    case Op::generate_key:
    case Op::generate_key_pair:
    case Op::derive_key:
    case Op::unwrap_key:
    case Op::decapsulate: return true;
    default: return false;
  }
}

// Once carries such a request. The ids of the token objects that it makes follow from the caller, the
// partition and `id`, so a second delivery finds the objects of the first - also after the vault was started
// anew - and gets their answer. The output is the payload of the request's own Response.
struct Once {
  static constexpr Op kOp = Op::once;
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
