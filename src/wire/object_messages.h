// Object messages: objects, their attributes and their making.
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
#include "wire/message.h"

namespace coffer::wire {

// Attribute is one attribute of a template or object. `type` is the CKA_ value. CK_ULONG values are 8 octets
// little-endian, CK_BBOOL one octet, everything else as PKCS#11 defines it.
struct Attribute {
  std::uint32_t type = 0;
  Bytes value;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.type));
    return visit(in.value, kAttributeBytesMax);
  }
};
using Template = std::vector<Attribute>;

// ObjectSummary is what a client may keep about an object to answer early; the chip decides again at each
// use.
struct ObjectSummary {
  ObjectId id{};
  std::uint32_t object_class = 0;  // CKO_
  std::uint32_t key_type = 0;      // CKK_, or ~0 when it is no key
  bool is_token = false;
  bool is_private = false;
  bool always_authenticate = false;
  std::uint32_t uses = 0;  // CKF_ENCRYPT | CKF_SIGN | ... that its attributes allow
  std::uint32_t bits = 0;  // modulus bits, field bits of the curve, 8 * value octets

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.id));
    TRY(visit(in.object_class));
    TRY(visit(in.key_type));
    TRY(visit(in.is_token));
    TRY(visit(in.is_private));
    TRY(visit(in.always_authenticate));
    TRY(visit(in.uses));
    return visit(in.bits);
  }
};

struct ObjectReply {
  ObjectSummary object;
  static Status fields(auto& visit, auto& in) { return visit(in.object); }
};

// CreateObject makes an object of a template. `session` owns it when CKA_TOKEN is false.
struct CreateObject {
  static constexpr Facts kFacts{Op{30},    "create_object", Holds::secret,   Again::once,
                                Later::no, From::anywhere,  Needs::unlocked, Right::judged,
                                "",        Cost::heavy,     Counted::yes};
  using Response = ObjectReply;
  std::uint32_t slot = 0;
  std::uint64_t session = 0;  // the client's own number
  Template attributes;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.session));
    return visit(in.attributes, kAttributesMax);
  }
};
struct CopyObject {
  static constexpr Facts kFacts{Op{31},    "copy_object",  Holds::nothing,  Again::once,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::large,    Counted::yes};
  using Response = ObjectReply;
  std::uint32_t slot = 0;
  std::uint64_t session = 0;
  ObjectId id{};
  Template attributes;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.session));
    TRY(visit(in.id));
    return visit(in.attributes, kAttributesMax);
  }
};
struct DestroyObject {
  static constexpr Facts kFacts{Op{32},    "destroy_object", Holds::nothing,  Again::yes,
                                Later::no, From::anywhere,   Needs::unlocked, Right::judged,
                                "",        Cost::large,      Counted::yes};
  using Response = Empty;
  std::uint32_t slot = 0;
  ObjectId id{};

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    return visit(in.id);
  }
};

enum class AttributeState : std::uint8_t { present = 0, sensitive = 1, unknown = 2 };
constexpr bool is_valid(AttributeState state) { return state <= AttributeState::unknown; }

struct AttributeValue {
  std::uint32_t type = 0;
  AttributeState state = AttributeState::unknown;
  Buffer value;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.type));
    TRY(visit(in.state));
    return visit(in.value, kAttributeBytesMax);
  }
};
struct GetAttributesReply {
  std::vector<AttributeValue> attributes;  // one for each type asked for, in that order
  bool holds_secret = false;               // not sent: a value is part of a key, to be wiped afterwards
  std::uint64_t size_bytes = 0;            // what the object takes in the store (C_GetObjectSize)

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.attributes, kAttributesMax));
    return visit(in.size_bytes);
  }
};
struct GetAttributes {
  static constexpr Facts kFacts{Op{33},    "get_attributes", Holds::secret,   Again::yes,
                                Later::no, From::anywhere,   Needs::unlocked, Right::judged,
                                "",        Cost::large,      Counted::yes};
  using Response = GetAttributesReply;
  std::uint32_t slot = 0;
  ObjectId id{};
  std::vector<std::uint32_t> types;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.id));
    return visit(in.types, kAttributesMax);
  }
};
struct SetAttributes {
  static constexpr Facts kFacts{Op{34},    "set_attributes", Holds::secret,   Again::yes,
                                Later::no, From::anywhere,   Needs::unlocked, Right::judged,
                                "",        Cost::large,      Counted::yes};
  using Response = ObjectReply;
  std::uint32_t slot = 0;
  ObjectId id{};
  Template attributes;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.id));
    return visit(in.attributes, kAttributesMax);
  }
};
struct FindReply {
  std::vector<ObjectSummary> objects;
  bool more = false;  // ask again with `after` = the last id

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.objects, kFoundMax));
    return visit(in.more);
  }
};
struct Find {
  static constexpr Facts kFacts{Op{35},    "find",         Holds::secret,   Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::heavy,    Counted::yes};
  using Response = FindReply;
  std::uint32_t slot = 0;
  Template attributes;  // all must match; empty: every object
  std::uint32_t count_max = kFoundMax;
  std::optional<ObjectId> after;  // continue behind this object (objects come in order of their id)

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.attributes, kAttributesMax));
    TRY(visit(in.count_max));
    return visit(in.after);
  }
};

// DataPart is one piece of what a key derivation function takes in (crypto::DataPart).
struct DataPart {
  std::uint8_t kind = 0;
  bool little_endian = false;
  std::uint32_t bits = 0;
  Bytes octets;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.kind));
    TRY(visit(in.little_endian));
    TRY(visit(in.bits));
    return visit(in.octets, kParameterBytesMax);
  }
};

// Parameters of one cryptographic operation; the fields are those of crypto::Parameters, hashes by their
// number in crypto::Hash.
struct Parameters {
  std::uint32_t mechanism = 0;
  Bytes iv;
  Bytes associated;
  std::uint32_t tag_bits = 0;
  std::uint32_t counter_bits = 0;
  std::uint8_t hash = 0;
  std::uint8_t mask_hash = 0;
  std::uint32_t salt_bytes = 0;
  Bytes peer;
  Bytes salt;
  Bytes info;
  bool extract = false;
  bool expand = false;
  std::uint32_t output_bytes = 0;
  std::uint8_t variant = 0;
  std::optional<ObjectId> other_key;
  std::uint64_t number = 0;
  std::vector<std::uint32_t> sizes;
  std::vector<DataPart> parts;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.mechanism));
    TRY(visit(in.iv, kParameterBytesMax));
    TRY(visit(in.associated, kAssociatedBytesMax));
    TRY(visit(in.tag_bits));
    TRY(visit(in.counter_bits));
    TRY(visit(in.hash));
    TRY(visit(in.mask_hash));
    TRY(visit(in.salt_bytes));
    TRY(visit(in.peer, kParameterBytesMax));
    TRY(visit(in.salt, kParameterBytesMax));
    TRY(visit(in.info, kParameterBytesMax));
    TRY(visit(in.extract));
    TRY(visit(in.expand));
    TRY(visit(in.output_bytes));
    TRY(visit(in.variant));
    TRY(visit(in.other_key));
    TRY(visit(in.number));
    TRY(visit(in.sizes, kSizesMax));
    return visit(in.parts, kDataPartsMax);
  }
};

struct GenerateKey {
  static constexpr Facts kFacts{Op{36},     "generate_key", Holds::secret,   Again::once,
                                Later::yes, From::anywhere, Needs::unlocked, Right::judged,
                                "",         Cost::heavy,    Counted::yes};
  using Response = ObjectReply;
  std::uint32_t slot = 0;
  std::uint64_t session = 0;
  std::uint32_t mechanism = 0;
  Template attributes;
  Parameters parameters;  // PBKDF2: hash, salt, number (iterations); otherwise as they start out
  SecretBytes password;   // PBKDF2

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.session));
    TRY(visit(in.mechanism));
    TRY(visit(in.attributes, kAttributesMax));
    TRY(visit(in.parameters));
    return visit(in.password, kPassphraseBytesMax);
  }
};
struct KeyPairReply {
  ObjectSummary public_key;
  ObjectSummary private_key;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.public_key));
    return visit(in.private_key);
  }
};
struct GenerateKeyPair {
  static constexpr Facts kFacts{Op{37},     "generate_key_pair", Holds::nothing,  Again::once,
                                Later::yes, From::anywhere,      Needs::unlocked, Right::judged,
                                "",         Cost::heavy,         Counted::yes};
  using Response = KeyPairReply;
  std::uint32_t slot = 0;
  std::uint64_t session = 0;
  std::uint32_t mechanism = 0;
  Template public_attributes;
  Template private_attributes;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.session));
    TRY(visit(in.mechanism));
    TRY(visit(in.public_attributes, kAttributesMax));
    return visit(in.private_attributes, kAttributesMax);
  }
};
// CloseSession destroys the session objects of one session of this application.
struct CloseSession {
  static constexpr Facts kFacts{Op{39},    "close_session", Holds::nothing,  Again::yes,
                                Later::no, From::anywhere,  Needs::unlocked, Right::everybody,
                                "",        Cost::small,     Counted::no};
  using Response = Empty;
  std::uint64_t session = 0;
  static Status fields(auto& visit, auto& in) { return visit(in.session); }
};

}  // namespace coffer::wire
