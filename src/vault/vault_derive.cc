// Vault: deriving keys from keys. C_DeriveKey ends here.
#include <algorithm>

#include "codec/binary.h"
#include "crypto/operation.h"
#include "vault/curve.h"
#include "vault/derivation.h"
#include "vault/protection.h"
#include "vault/vault.h"
#include "vault/wrap_rules.h"

namespace coffer::vault {

namespace {

using crypto::Family;

constexpr std::size_t kPremasterBytes = 48;  // RFC 5246, 7.4.7.1: two octets of version, 46 random ones

namespace ckm {
constexpr std::uint32_t kTlsExtendedMaster = 0x56;
constexpr std::uint32_t kTlsMaster = 0x3E0;
constexpr std::uint32_t kTlsKeysSafe = 0x3E3;
constexpr std::uint32_t kPublicFromPrivate = 0x403A;
}  // namespace ckm

// Derived is what a derivation made: objects in the order of the reply, and what the reply says besides.
struct Derived {
  std::vector<Object> objects;
  Buffer octets;
};

std::vector<crypto::DataPart> parts_of(const wire::Parameters& parameters) {
  std::vector<crypto::DataPart> parts;
  for (const wire::DataPart& each : parameters.parts) {
    parts.push_back({.kind = static_cast<crypto::DataPart::Kind>(each.kind),
                     .little_endian = each.little_endian,
                     .bits = each.bits,
                     .octets = each.octets});
  }
  return parts;
}

// public_half makes the public key of a private one. It is nobody's secret: CKA_DERIVE is not asked.
Result<Derived> public_half(const Object& base, const wire::DeriveKey& request) {
  if (!base.material.private_key) return Error{Code::key_type, "only a private key has a public half"};
  if (!allows_mechanism(base, request.parameters.mechanism)) {
    return Error{Code::mechanism_invalid, "the key's CKA_ALLOWED_MECHANISMS does not list the mechanism"};
  }
  Derived derived;
  derived.objects.push_back(TRY(derived_public(base, request.attributes)));
  return derived;
}

Result<SecretBytes> derive_value(const Object& base, const crypto::Parameters& parameters) {
  if (base.material.private_key) return crypto::derive(*base.material.private_key, parameters);
  if (base.material.secret_key) return crypto::derive(*base.material.secret_key, parameters);
  return Error{Code::key_type, "this key derives nothing"};
}

// version_of reads the version in front of a premaster secret that RSA transported.
Result<Buffer> version_of(std::uint32_t mechanism, const Object& base) {
  if (mechanism != ckm::kTlsMaster && mechanism != ckm::kTlsExtendedMaster) return Buffer{};
  const Bytes premaster = base.material.secret_key->value().reveal();
  if (premaster.size() != kPremasterBytes) {
    return Error{Code::key_size, "a premaster secret with a version in it has 48 octets"};
  }
  // Of anything but a premaster secret that may be read not even two octets are told.
  return premaster[0] == 3 && !is_protected(base) ? to_buffer(premaster.first(2)) : Buffer(2);
}

// mac_template is for the MAC secrets of a connection: what the template says about protection, not about
// use.
wire::Template mac_template(const wire::Template& attributes) {
  static constexpr std::uint8_t kTrue = 1;
  wire::Template kept;
  for (const wire::Attribute& each : attributes) {
    switch (each.type) {
      case attribute::kClass:
      case attribute::kToken:
      case attribute::kPrivate:
      case attribute::kSensitive:
      case attribute::kExtractable:
      case attribute::kModifiable:
      case attribute::kCopyable:
      case attribute::kDestroyable:
      case attribute::kLabel:
      case attribute::kId: kept.push_back(each); break;
      default: break;
    }
  }
  kept.push_back({attribute::kSign, Bytes(&kTrue, 1)});
  kept.push_back({attribute::kVerify, Bytes(&kTrue, 1)});
  return kept;
}

// cut_connection cuts the key block of TLS: MAC secrets, keys and IVs, each first the client's (RFC
// 5246, 6.3).
Result<Derived> cut_connection(const wire::DeriveKey& request, const wire::Template& mac_attributes,
                               const Heritage& heritage, Bytes block) {
  Derived derived;
  const auto next = [&block](std::size_t bytes) {
    const Bytes piece = block.first(bytes);
    block = block.subspan(bytes);
    return piece;
  };
  const std::vector<std::uint32_t>& sizes = request.parameters.sizes;
  if (sizes[1] == 0) return Error{Code::mechanism_parameter, "a connection needs keys"};
  const bool keeps_ivs = request.parameters.mechanism == ckm::kTlsKeysSafe;
  if (heritage.stays_protected && !keeps_ivs && sizes[2] != 0) {
    return Error{Code::key_use,
                 "the base's CKA_DERIVE_TEMPLATE demands protection: IVs that are given out would show what "
                 "other sizes make a key of; CKM_TLS12_KEY_SAFE_DERIVE keeps them"};
  }
  for (std::size_t i = 0; i < 2 && sizes[0] != 0; ++i) {
    derived.objects.push_back(TRY(derived_secret(heritage, next(sizes[0]), mac_attributes)));
  }
  for (std::size_t i = 0; i < 2; ++i) {
    derived.objects.push_back(TRY(derived_secret(heritage, next(sizes[1]), request.attributes)));
  }
  // The IVs are no keys: PKCS#11 gives them out, except with the mechanism that keeps them.
  if (!keeps_ivs) derived.octets = to_buffer(block);
  return derived;
}

// cut_keys cuts what SP 800-108 gave into the keys that the templates ask for.
Result<Derived> cut_keys(const wire::DeriveKey& request, const Heritage& heritage, Bytes value) {
  Derived derived;
  const std::size_t first = TRY(derived_bytes(request.attributes));
  derived.objects.push_back(TRY(derived_secret(heritage, value.first(first), request.attributes)));
  value = value.subspan(first);
  for (const wire::AdditionalKey& each : request.additional) {
    const std::size_t bytes = TRY(derived_bytes(each.attributes));
    derived.objects.push_back(TRY(derived_secret(heritage, value.first(bytes), each.attributes)));
    value = value.subspan(bytes);
  }
  return derived;
}

// total_bytes is how many octets to derive for the key and the additional ones.
Result<std::uint32_t> total_bytes(Family family, const wire::DeriveKey& request) {
  std::uint32_t total = TRY(derived_bytes(request.attributes));
  if (!has_prf(family)) {
    if (request.additional.empty()) return total;
    return Error{Code::mechanism_parameter, "the mechanism makes one key"};
  }
  for (const wire::AdditionalKey& each : request.additional) {
    const std::uint32_t bytes = TRY(derived_bytes(each.attributes));
    if (bytes == 0) return Error{Code::template_incomplete, "an additional key needs CKA_VALUE_LEN"};
    total += bytes;
  }
  return total;
}

}  // namespace

void Vault::on(Caller& caller, const wire::DeriveKey& request, wire::Reply reply) {
  auto needed = need_token(request.slot);
  if (!needed.ok()) return reply.fail(needed.error());
  const Token& token = *needed.value();
  const auto run = [&]() -> Result<Derived> {
    const std::uint32_t number = request.parameters.mechanism;
    if (number == ckm::kPublicFromPrivate) {
      const auto base = TRY(find_object(caller, request.slot, request.base, Access::read));
      return public_half(*base, request);
    }
    std::vector<std::shared_ptr<const Object>> held;
    held.push_back(TRY(permitted(caller, request.slot, request.base, number, crypto::use::kDerive, reply)));
    const crypto::Mechanism& mechanism = *crypto::find_mechanism(number);
    crypto::Parameters parameters = to_crypto(request.parameters);
    if (request.parameters.other_key) {
      held.push_back(TRY(permitted(caller, request.slot, *request.parameters.other_key, number,
                                   crypto::use::kDerive, reply)));
      parameters.other_key = held.back()->material.secret_key.get();
      if (parameters.other_key == nullptr) return Error{Code::key_type, "the other key is no secret key"};
      if (is_hkdf(mechanism.family) && parameters.other_key->type() != crypto::KeyType::generic)
        return Error{Code::key_type, "the salt of HKDF is a generic secret"};
    }
    std::vector<const Object*> bases;
    for (const auto& each : held) bases.push_back(each.get());
    TRY(check_derivation(mechanism, parameters, bases));
    // What the bases demand of keys derived from them is a part of each template.
    wire::DeriveKey shaped = request;
    shaped.attributes = completed(caller, token, request.attributes);
    for (wire::AdditionalKey& more : shaped.additional)
      more.attributes = completed(caller, token, more.attributes);
    for (const Object* each : bases) {
      shaped.attributes = TRY(with_template(*each, attribute::kDeriveTemplate, shaped.attributes));
      for (wire::AdditionalKey& more : shaped.additional) {
        more.attributes = TRY(with_template(*each, attribute::kDeriveTemplate, more.attributes));
      }
    }
    if (const auto& agreeing = held.front()->material.private_key) {
      parameters.peer = point_of(agreeing->curve(), parameters.peer);
    }
    const auto parts = parts_of(request.parameters);
    parameters.parts = parts;
    if (mechanism.family != Family::tls_keys) {
      parameters.output_bytes = TRY(total_bytes(mechanism.family, shaped));
    }
    const SecretBytes value = TRY(derive_value(*held.front(), parameters));
    const Heritage heritage = heritage_of(mechanism, bases);
    if (mechanism.family == Family::tls_keys) {
      wire::Template mac_attributes = mac_template(request.attributes);
      for (const Object* each : bases)
        mac_attributes = TRY(with_template(*each, attribute::kDeriveTemplate, mac_attributes));
      return cut_connection(shaped, completed(caller, token, mac_attributes), heritage, value.reveal());
    }
    if (has_prf(mechanism.family)) return cut_keys(shaped, heritage, value.reveal());
    const bool is_wrong_length = parameters.output_bytes != 0 && parameters.output_bytes != value.size();
    if (is_wrong_length) return Error{Code::key_size, "the derivation gives another length"};
    Derived derived;
    derived.objects.push_back(TRY(mechanism.family == Family::hkdf_data
                                      ? derived_data(value.reveal(), shaped.attributes)
                                      : derived_secret(heritage, value.reveal(), shaped.attributes)));
    derived.octets = TRY(version_of(number, *held.front()));
    return derived;
  };
  auto derived = run();
  if (!derived.ok()) return reply.fail(derived.error());
  wire::DeriveKeyReply answer;
  answer.octets = std::move(derived.value().octets);
  std::vector<Object>& objects = derived.value().objects;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    name_new(caller, token, objects[i], static_cast<std::uint8_t>(i));
  }
  answer.object = objects.front().summary;
  for (std::size_t i = 1; i < objects.size(); ++i) answer.additional.push_back(objects[i].summary);
  keep(caller, token, request.session, std::move(objects),
       {.event = "key.derive",
        .object = request.base,
        .mechanism = crypto::find_mechanism(request.parameters.mechanism)->name,
        .more = {{"base", to_hex(request.base)}}},
       codec::encode(answer), std::move(reply));
}

}  // namespace coffer::vault
