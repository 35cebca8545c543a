// Derivation: permission, heritage and lengths.
#include "vault/derivation.h"

#include <algorithm>
#include <array>

#include "codec/binary.h"
#include "vault/protection.h"

namespace coffer::vault {
namespace {

bool has(const Object& object, std::uint32_t type) { return object.attributes.truth(type); }

// check_encrypting refuses a base whose other uses, or a twin of it, would compute what its encryption makes
// keys of. Keys are born so; this is for records from before.
Status check_encrypting(const Object& base) {
  const bool only_derives = (use_ceiling(base) & ~crypto::use::kDerive) == 0;
  if (only_derives && !has(base, attribute::kExtractable)) return {};
  return Error{Code::key_use,
               "a key that makes keys by encryption derives and does nothing else, and never leaves"};
}

// is_its_hmac_key tells whether the digest of a key is what HMAC with this digest takes in its place
// (RFC 2104, 2).
bool is_its_hmac_key(const crypto::Mechanism& mechanism, const Object& base) {
  return mechanism.family == crypto::Family::digest_key && base.material.secret_key &&
         base.material.secret_key->bytes() > crypto::digest_block_bytes(mechanism.hash);
}

}  // namespace

Status check_derivation(const crypto::Mechanism& mechanism, const crypto::Parameters& parameters,
                        std::span<const Object* const> bases) {
  for (const Object* base : bases) {
    // I10: an HMAC inside a derivation.
    if (is_hkdf(mechanism.family) || has_prf(mechanism.family))
      TRY(check_mac_key(base->summary.key_type, parameters.hash));
    if (is_protected(*base) && is_its_hmac_key(mechanism, *base)) {
      return Error{Code::key_use,
                   "the digest of a key that is longer than a block is the key itself, to HMAC"};
    }
    const bool is_cmac = has_prf(mechanism.family) && parameters.hash == crypto::Hash::none;
    if (is_cmac && is_protected(*base) && derives_by_encryption(base->attributes)) {
      return Error{Code::key_use, "a key that makes keys by encryption makes none by CMAC"};
    }
    if (!demands_protection(base->attributes)) continue;
    if (base->material.secret_key && (use_ceiling(*base) & ~crypto::use::kDerive) != 0) {
      return Error{Code::key_use, "a key that computes MACs or encrypts cannot keep its CKA_DERIVE_TEMPLATE"};
    }
    if (is_hkdf(mechanism.family) && (!parameters.expand || base != bases.front())) {
      return Error{
          Code::key_use,
          "HKDF-Extract alone, or with this key as its salt, would let another key compute what is derived"};
    }
  }
  if (!is_linear(mechanism.family) && !encrypts_data(mechanism.family)) return {};
  for (const Object* base : bases) {
    if (base->policy && is_linear(mechanism.family)) {
      return Error{Code::key_use, "a key with a policy gives its octets to no other key"};
    }
    if (base->is_readable()) continue;
    if (encrypts_data(mechanism.family)) TRY(check_encrypting(*base));
    if (names_mechanism(*base, mechanism.number)) continue;
    return Error{
        Code::key_use,
        "only a key that was born for this derivation (CKA_ALLOWED_MECHANISMS names it), or that may "
        "be read, lets it have its octets"};
  }
  return {};
}

Heritage heritage_of(const crypto::Mechanism& mechanism, std::span<const Object* const> bases) {
  const auto any = [bases](auto property) { return std::ranges::any_of(bases, property); };
  Heritage heritage;
  heritage.always_sensitive =
      !any([](const Object* base) { return !has(*base, attribute::kAlwaysSensitive); });
  heritage.never_extractable =
      !any([](const Object* base) { return !has(*base, attribute::kNeverExtractable); });
  const bool encrypts = encrypts_data(mechanism.family);
  heritage.is_demanded = any([](const Object* base) { return demands_protection(base->attributes); });
  heritage.parts_need_naming = heritage.is_demanded;
  heritage.stays_protected =
      heritage.is_demanded || (encrypts && any([](const Object* base) { return is_protected(*base); }));
  for (const Object* base : bases) {
    heritage.fixed_bytes = std::max(
        heritage.fixed_bytes,
        demanded_number(base->attributes, attribute::kDeriveTemplate, attribute::kValueLen).value_or(0));
    heritage.type_is_named =
        heritage.type_is_named ||
        demanded_number(base->attributes, attribute::kDeriveTemplate, attribute::kKeyType).has_value();
  }
  heritage.whole_blocks = heritage.stays_protected && (encrypts || heritage.fixed_bytes == 0);
  if (!encrypts && !is_linear(mechanism.family)) return heritage;
  heritage.is_sensitive = any([](const Object* base) { return has(*base, attribute::kSensitive); });
  heritage.is_unextractable = any([](const Object* base) { return !has(*base, attribute::kExtractable); });
  heritage.is_private = any([](const Object* base) { return has(*base, attribute::kPrivate); });
  heritage.wraps_with_trusted =
      any([](const Object* base) { return has(*base, attribute::kWrapWithTrusted); });
  return heritage;
}

Status check_heritage(const Heritage& heritage, const wire::Template& attributes) {
  struct Insisted {
    bool on;
    std::uint32_t type;
    bool value;
  };
  const auto insisted = std::to_array<Insisted>({
      {heritage.is_sensitive, attribute::kSensitive, true},
      {heritage.is_unextractable, attribute::kExtractable, false},
      {heritage.is_private, attribute::kPrivate, true},
      {heritage.wraps_with_trusted, attribute::kWrapWithTrusted, true},
  });
  for (const Insisted& each : insisted) {
    const auto given = template_value(attributes, each.type);
    if (each.on && given && (given->size() != 1 || ((*given)[0] != 0) != each.value)) {
      return Error{Code::template_inconsistent, "a derived key cannot be less protected than its base"};
    }
  }
  return {};
}

Status check_inherited_length(const Heritage& heritage, std::size_t value_bytes) {
  if (heritage.fixed_bytes != 0 && value_bytes != heritage.fixed_bytes) {
    return Error{Code::template_inconsistent, "the base's CKA_DERIVE_TEMPLATE names another length"};
  }
  if (!heritage.whole_blocks || value_bytes % kProtectedBytesMin == 0) return {};
  return Error{Code::key_size,
               "a key that must be protected has a multiple of 16 octets, or the length that the base's "
               "CKA_DERIVE_TEMPLATE names"};
}

}  // namespace coffer::vault
