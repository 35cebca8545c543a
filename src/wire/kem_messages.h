// Messages of key encapsulation (PKCS#11 3.2, C_EncapsulateKey and C_DecapsulateKey).
#pragma once

#include "wire/messages.h"

namespace coffer::wire {

inline constexpr std::size_t kCiphertextBytesMax = 4096;  // ML-KEM-1024: 1568

// Encapsulate makes a secret key and the ciphertext that tells it to the owner of the private half of `key`.
struct EncapsulateReply {
  ObjectSummary object;
  Buffer ciphertext;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.object));
    return visit(in.ciphertext, kCiphertextBytesMax);
  }
};
struct Encapsulate {
  static constexpr Facts kFacts{Op{112},   "encapsulate",  Holds::nothing,  Again::never,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::large,    Counted::yes};
  using Response = EncapsulateReply;
  std::uint32_t slot = 0;
  std::uint64_t session = 0;
  ObjectId key{};
  std::uint32_t mechanism = 0;
  Template attributes;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.session));
    TRY(visit(in.key));
    TRY(visit(in.mechanism));
    return visit(in.attributes, kAttributesMax);
  }
};

// Decapsulate makes the same secret key of the ciphertext and the private key.
struct Decapsulate {
  static constexpr Facts kFacts{Op{113},   "decapsulate",  Holds::nothing,  Again::once,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::large,    Counted::yes};
  using Response = ObjectReply;
  std::uint32_t slot = 0;
  std::uint64_t session = 0;
  ObjectId key{};
  std::uint32_t mechanism = 0;
  Bytes ciphertext;
  Template attributes;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.session));
    TRY(visit(in.key));
    TRY(visit(in.mechanism));
    TRY(visit(in.ciphertext, kCiphertextBytesMax));
    return visit(in.attributes, kAttributesMax);
  }
};

}  // namespace coffer::wire
