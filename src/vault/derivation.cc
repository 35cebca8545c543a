// Derivation: heritage and pieces.
#include "vault/derivation.h"

#include <algorithm>

namespace coffer::vault {
namespace {

using crypto::Family;

bool joins(Family family) {
  return family == Family::concatenate_key || family == Family::concatenate_data ||
         family == Family::concatenate_before;
}

bool shows_octets(Family family) {
  return joins(family) || family == Family::xor_data || family == Family::extract_bits;
}

bool has(const Object& object, std::uint32_t type) { return object.attributes.truth(type); }

bool encrypts(Family family) {
  return family == Family::encrypt_data_ecb || family == Family::encrypt_data_cbc;
}

bool is_protected(const Object& object) {
  return has(object, attribute::kSensitive) || !has(object, attribute::kExtractable);
}

}  // namespace

Heritage heritage_of(const crypto::Mechanism& mechanism, std::span<const Object* const> bases) {
  const auto any = [bases](auto property) { return std::ranges::any_of(bases, property); };
  Heritage heritage;
  heritage.always_sensitive =
      !any([](const Object* base) { return !has(*base, attribute::kAlwaysSensitive); });
  heritage.never_extractable =
      !any([](const Object* base) { return !has(*base, attribute::kNeverExtractable); });
  const bool shows = shows_octets(mechanism.family);
  if (!shows && mechanism.family != Family::encrypt_data_ecb &&
      mechanism.family != Family::encrypt_data_cbc) {
    return heritage;
  }
  heritage.is_sensitive = any([](const Object* base) { return has(*base, attribute::kSensitive); });
  heritage.is_unextractable = any([](const Object* base) { return !has(*base, attribute::kExtractable); });
  heritage.is_private = any([](const Object* base) { return has(*base, attribute::kPrivate); });
  heritage.wraps_with_trusted =
      any([](const Object* base) { return has(*base, attribute::kWrapWithTrusted); });
  heritage.is_mixed = joins(mechanism.family) ||
                      (shows && any([](const Object* base) { return has(*base, attribute::kMixed); }));
  return heritage;
}

Status check_pieces(const crypto::Mechanism& mechanism, std::span<const Object* const> bases,
                    std::size_t value_bytes, std::size_t data_bytes) {
  if (!shows_octets(mechanism.family) && !encrypts(mechanism.family)) return {};
  if (!std::ranges::any_of(bases, [](const Object* base) { return is_protected(*base); })) return {};
  constexpr std::uint32_t kWrapping = crypto::use::kWrap | crypto::use::kUnwrap;
  const bool wraps =
      std::ranges::any_of(bases, [](const Object* base) { return (base->summary.uses & kWrapping) != 0; });
  if (wraps && shows_octets(mechanism.family)) {
    return Error{Code::key_use, "a key that wraps gives its octets to no other key"};
  }
  const bool has_policy = std::ranges::any_of(
      bases, [](const Object* base) { return base->attributes.find(attribute::kPolicy).has_value(); });
  if (has_policy && shows_octets(mechanism.family)) {
    return Error{Code::key_use, "a key with a policy gives its octets to no other key"};
  }
  if (encrypts(mechanism.family)) {
    if (value_bytes >= kPieceBytesMin) return {};
    return Error{Code::key_size, "a key made by encryption with a protected key has at least 16 octets"};
  }
  if (joins(mechanism.family)) {
    std::size_t total = data_bytes;
    for (const Object* base : bases) total += base->material.secret_key->bytes();
    if (value_bytes == total) return {};
    return Error{Code::key_size, "joined with a protected key, nothing may be cut off"};
  }
  const Object& base = *bases.front();
  const std::size_t base_bytes = base.material.secret_key->bytes();
  if (value_bytes < std::min(base_bytes, kPieceBytesMin)) {
    return Error{Code::key_size, "a piece of a protected key has at least 16 octets"};
  }
  if (has(base, attribute::kMixed) &&
      (value_bytes < base_bytes || mechanism.family == Family::extract_bits)) {
    return Error{Code::key_use, "a protected key that was put together is not cut up again"};
  }
  return {};
}

}  // namespace coffer::vault
