// Messages of wrapping - a key leaves the chip only as a ciphertext under another key, and comes back so -
// and of keys that want the PIN before each use.
#pragma once

#include "wire/messages.h"

namespace coffer::wire {

inline constexpr std::size_t kWrappedBytesMax = 20480;  // the longest secret by RSA-AES key wrap

// NestedTemplate is the value of CKA_WRAP_TEMPLATE, CKA_UNWRAP_TEMPLATE and CKA_DERIVE_TEMPLATE.
struct NestedTemplate {
  Template attributes;
  static Status fields(auto& visit, auto& in) { return visit(in.attributes, kAttributesMax); }
};

// WrapReply carries the ciphertext, or only its size when it is longer than the room that was offered.
struct WrapReply {
  std::uint32_t wrapped_bytes = 0;
  Buffer wrapped;
  Buffer nonce;  // the one that the chip chose, if it was asked to

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.wrapped_bytes));
    TRY(visit(in.wrapped, kWrappedBytesMax));
    return visit(in.nonce, kNonceBytesMax);
  }
};
// WrapKey encrypts `key` with `wrapping_key`. In the parameters `output_bytes` is the size of the temporary
// AES key of RSA_AES_KEY_WRAP and ECDH_AES_KEY_WRAP.
struct WrapKey {
  static constexpr Facts kFacts{Op{96},    "wrap_key",     Holds::nothing,  Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::large,    Counted::yes};
  using Response = WrapReply;
  std::uint32_t slot = 0;
  ObjectId wrapping_key{};
  ObjectId key{};
  Parameters parameters;
  std::uint32_t nonce_bytes = 0;  // not 0: the chip chooses a nonce of so many octets (GCM)
  std::uint32_t room_bytes = 0;   // 0: only the size is wanted, and nothing is recorded

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.wrapping_key));
    TRY(visit(in.key));
    TRY(visit(in.parameters));
    TRY(visit(in.nonce_bytes));
    return visit(in.room_bytes);
  }
};
// UnwrapKey makes a key object out of a ciphertext. `session` owns it when CKA_TOKEN is false.
struct UnwrapKey {
  static constexpr Facts kFacts{Op{97},    "unwrap_key",   Holds::nothing,  Again::once,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::heavy,    Counted::yes};
  using Response = ObjectReply;
  std::uint32_t slot = 0;
  std::uint64_t session = 0;
  ObjectId unwrapping_key{};
  Parameters parameters;
  Bytes wrapped;
  Template attributes;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.session));
    TRY(visit(in.unwrapping_key));
    TRY(visit(in.parameters));
    TRY(visit(in.wrapped, kWrappedBytesMax));
    return visit(in.attributes, kAttributesMax);
  }
};

// AuthorizeUse shows the user's PIN once more and so permits one use of a key with CKA_ALWAYS_AUTHENTICATE.
struct AuthorizeUse {
  static constexpr Facts kFacts{Op{98},    "authorize_use", Holds::secret,   Again::guess,
                                Later::no, From::anywhere,  Needs::unlocked, Right::judged,
                                "",        Cost::desk,      Counted::yes};
  using Response = Empty;
  std::uint32_t slot = 0;
  ObjectId key{};
  SecretBytes pin;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.key));
    return visit(in.pin, kPinBytesMax);
  }
};

}  // namespace coffer::wire
