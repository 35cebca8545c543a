// Messages of derivation (PKCS#11 3.2, C_DeriveKey).
#pragma once

#include "wire/messages.h"

namespace coffer::wire {

// AdditionalKey is a further key that one derivation makes.
struct AdditionalKey {
  Template attributes;
  static Status fields(auto& visit, auto& in) { return visit(in.attributes, kAttributesMax); }
};

struct DeriveKeyReply {
  ObjectSummary object;
  std::vector<ObjectSummary> additional;  // in the order of the request; TLS: the other keys of a connection
  Buffer octets;                          // TLS: the version in a premaster secret, or both IVs

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.object));
    TRY(visit(in.additional, kAdditionalKeysMax));
    return visit(in.octets, kParameterBytesMax);
  }
};

// DeriveKey makes secret keys out of a key (crypto/operation.h says how); HKDF can also make a data object.
struct DeriveKey {
  static constexpr Facts kFacts{Op{38},    "derive_key",   Holds::secret,   Again::once,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::heavy,    Counted::yes};
  using Response = DeriveKeyReply;
  std::uint32_t slot = 0;
  std::uint64_t session = 0;
  ObjectId base{};
  Parameters parameters;
  Template attributes;
  std::vector<AdditionalKey> additional;  // SP 800-108

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.session));
    TRY(visit(in.base));
    TRY(visit(in.parameters));
    TRY(visit(in.attributes, kAttributesMax));
    return visit(in.additional, kAdditionalKeysMax);
  }
};

}  // namespace coffer::wire
