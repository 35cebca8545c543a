// Keys: templates.
#include "tests/extraction_search/keys.h"

#include <algorithm>
#include <array>
#include <map>

#include "tests/extraction_search/attribute_names.h"
#include "tests/extraction_search/fixed_keys.h"
#include "tests/extraction_search/judge.h"
#include "tests/extraction_search/menu.h"
#include "vault/attribute.h"

namespace coffer::extraction {
namespace {

using crypto::Family;
namespace a = vault::attribute;
namespace c = vault::object_class;
namespace k = vault::key_type;
namespace u = crypto::use;

constexpr std::uint8_t kP256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
constexpr std::uint8_t kEd25519[] = {0x06, 0x03, 0x2b, 0x65, 0x70};
constexpr std::uint8_t kX25519[] = {0x06, 0x03, 0x2b, 0x65, 0x6e};
constexpr std::uint32_t kOf128Fast = 3;  // SLH-DSA-SHA2-128f: the fastest that signs

constexpr auto kShapes = std::to_array<VictimShape>({
    {k::kAes, 16, false, 10},
    {k::kAes, 24, false, 5},
    {k::kAes, 32, false, 20},
    {k::kGenericSecret, 16, false, 8},
    {k::kGenericSecret, 32, false, 20},
    {k::kGenericSecret, 48, false, 8},
    {k::kAesXts, 32, false, 3},
    {k::kAesXts, 64, false, 4},
    {k::kChaCha20, 32, false, 4},
    {k::kDes3, 24, false, 2},
    {k::kEc, 32, false, 2},
    {k::kMontgomery, 32, false, 2},
    {k::kEdwards, 32, false, 1},
    {k::kGenericSecret, 32, true, 20},
    {k::kGenericSecret, 48, true, 8},
    {k::kAes, 32, true, 4},
    {k::kEc, 32, true, 2},
    {k::kMontgomery, 32, true, 2},
    {k::kRsa, 0, false, 0},
});

// By XOR each of kFew becomes another of them first. An even number of bits keeps the parity of DES.
constexpr std::uint8_t kMasks[] = {0x5a, 0x01, 0x5b, 0x03, 0x02, 0x42, 0x18, 0x0c, 0x30, 0x11, 0x24, 0x06};
constexpr std::uint8_t kEvenMasks[] = {0x5a, 0x03, 0x59, 0x06, 0x42, 0x18, 0x0c, 0x30, 0x11, 0x24};
constexpr std::uint8_t kFewOdd[] = {0x01, 0x02, 0x5b};

bool is_hmac_like(std::uint32_t key_type) {
  return !is_pair(key_type) && key_type != k::kAes && key_type != k::kAesXts && key_type != k::kChaCha20 &&
         key_type != k::kDes3;
}

Bytes curve_of(std::uint32_t key_type) {
  if (key_type == k::kEc) return kP256;
  return key_type == k::kEdwards ? Bytes(kEd25519) : Bytes(kX25519);
}

void add(Settings& settings, const Settings& more) {
  settings.insert(settings.end(), more.begin(), more.end());
}

Settings key_of(std::uint32_t object_class, std::uint32_t key_type) {
  return {number(a::kClass, object_class), number(a::kKeyType, key_type)};
}

Settings make_uses(std::uint32_t key_type, std::uint32_t object_class) {
  std::uint32_t uses = 0;
  for (const crypto::Mechanism& each : crypto::mechanisms()) {
    for (const UseRow& row : use_rows()) {
      const wire::ObjectSummary key{.object_class = object_class, .key_type = key_type};
      if (row.attribute != 0 && fits(key, each, row.use)) uses |= row.use;
    }
  }
  // CKM_PUB_KEY_FROM_PRIV_KEY asks for no CKA_DERIVE, which most private keys could not use.
  if (key_type == k::kRsa || key_type == k::kEdwards || key_type > k::kHkdf) uses &= ~u::kDerive;
  Settings settings;
  for (const UseRow& row : use_rows()) {
    if ((uses & row.use) != 0) settings.push_back(truth(row.attribute, true));
  }
  return settings;
}

// some_uses keeps some of the uses of a type.
Settings some_uses(std::uint32_t key_type, std::uint32_t object_class, Dice& dice) {
  Settings some;
  for (Setting& each : all_uses(key_type, object_class)) {
    if (dice.percent(each.type == a::kDerive ? 85 : 60)) some.push_back(std::move(each));
  }
  return some;
}

Buffer victim_value(const VictimShape& shape, Dice& dice) {
  Buffer value(shape.bytes);
  for (std::uint8_t& each : value) {
    each = shape.key_type == k::kDes3 ? kFewOdd[dice.below(3)] : kFew[dice.below(3)];
  }
  if (value.size() == 48 && dice.percent(10)) value.front() = 3;       // as a premaster secret begins
  value[value.size() / 2] = shape.key_type == k::kDes3 ? 0x5b : 0x5a;  // never all alike
  return value;
}

// protection makes a key sensitive, or unextractable, or both.
void protect(Settings& settings, Dice& dice) {
  switch (dice.below(4)) {
    case 0:
      settings.push_back(truth(a::kSensitive, true));
      settings.push_back(truth(a::kExtractable, false));
      break;
    case 1:
      settings.push_back(truth(a::kSensitive, false));
      settings.push_back(truth(a::kExtractable, false));
      break;
    default: settings.push_back(truth(a::kSensitive, true)); settings.push_back(truth(a::kExtractable, true));
  }
}

Setting demanded(Dice& dice) {
  Settings inner;
  const std::size_t choice = dice.below(3);
  if (choice != 1) inner.push_back(truth(a::kSensitive, true));
  if (choice != 0) inner.push_back(truth(a::kExtractable, false));
  return nested(a::kDeriveTemplate, std::move(inner));
}

// make_base makes a key whose derived keys are protected by its demand; it does nothing else, so that nothing
// else can give away what they are.
void make_base(Settings& settings, Dice& dice) {
  settings.push_back(truth(a::kDerive, true));
  settings.push_back(truth(a::kSensitive, true));
  settings.push_back(truth(a::kExtractable, false));
  settings.push_back(demanded(dice));
}

Call victim_with_key(const VictimShape& shape, Dice& dice) {
  const bool is_private = is_pair(shape.key_type);
  Call call{.operation = Operation::victim};
  call.attributes = key_of(is_private ? c::kPrivateKey : c::kSecretKey, shape.key_type);
  if (shape.key_type == k::kRsa) {
    add(call.attributes, rsa_private_numbers());
    return call;
  }
  if (is_private) call.attributes.push_back(octets(a::kEcParams, curve_of(shape.key_type)));
  call.attributes.push_back(octets(a::kValue, victim_value(shape, dice)));
  return call;
}

// Those that name no length, or whose length is fixed.
bool needs_no_length(Family family) {
  return family == Family::tls_master || family == Family::tls_extended_master ||
         family == Family::tls_keys || family == Family::concatenate_key ||
         family == Family::concatenate_data || family == Family::concatenate_before;
}

std::size_t longest(const crypto::Mechanism& mechanism, const wire::ObjectSummary& base, const How& how) {
  switch (mechanism.family) {
    case Family::digest_key: return crypto::digest_bytes(mechanism.hash);
    case Family::encrypt_data_ecb:
    case Family::encrypt_data_cbc: return how.info.size();
    case Family::xor_data: return std::min<std::size_t>(base.bits / 8, how.info.size());
    case Family::extract_bits: return base.bits / 8;
    case Family::hkdf:
    case Family::hkdf_data:
      return how.expand ? 64 : crypto::digest_bytes(static_cast<crypto::Hash>(how.hash));
    case Family::ecdh: return how.hash == 0 ? 32 : 64;
    default: return 64;
  }
}

std::uint32_t random_secret_type(Dice& dice) {
  static constexpr std::uint32_t kSome[] = {k::kAes,    k::kAes,      k::kSha256Hmac, k::kHkdf,
                                            k::kAesXts, k::kChaCha20, k::kDes3};
  return dice.percent(65) ? k::kGenericSecret : kSome[dice.below(std::size(kSome))];
}

void add_protection(Settings& settings, Dice& dice) {
  if (dice.percent(50)) settings.push_back(truth(a::kSensitive, dice.percent(60)));
  if (dice.percent(50)) settings.push_back(truth(a::kExtractable, dice.percent(50)));
  if (dice.percent(1)) settings.push_back(truth(a::kToken, true));
  if (dice.percent(4)) settings.push_back(truth(a::kPrivate, false));
}

}  // namespace

std::span<const VictimShape> victim_shapes() { return kShapes; }

VictimOctets victim_octets(const Call& victim) {
  switch (victim_kind(victim)) {
    case VictimKind::stream: return {0, kStreamBytes, kMasks};
    case VictimKind::pkcs8: return {kRsaSecretAt, kStreamBytes, kMasks};
    case VictimKind::value: break;
  }
  const Setting* value = find_setting(victim.attributes, a::kValue);
  const Setting* type = find_setting(victim.attributes, a::kKeyType);
  const bool has_parity = type != nullptr && number_in(type->value) == k::kDes3;
  return {0, value == nullptr ? 0 : value->value.size(), has_parity ? Bytes(kEvenMasks) : Bytes(kMasks)};
}

const VictimShape& random_shape(Dice& dice) {
  unsigned total = 0;
  for (const VictimShape& each : kShapes) total += each.weight;
  std::size_t left = dice.below(total);
  for (const VictimShape& each : kShapes) {
    if (left < each.weight) return each;
    left -= each.weight;
  }
  return kShapes.front();
}

Call random_victim(Dice& dice) {
  const VictimShape& shape = random_shape(dice);
  Call call = victim_with_key(shape, dice);
  if (shape.is_base && dice.percent(85)) {
    make_base(call.attributes, dice);
  } else {
    add(call.attributes,
        some_uses(shape.key_type, is_pair(shape.key_type) ? c::kPrivateKey : c::kSecretKey, dice));
    protect(call.attributes, dice);
    if (shape.is_base) call.attributes.push_back(demanded(dice));
  }
  if (dice.percent(2)) call.attributes.push_back(truth(a::kToken, true));
  if (dice.percent(5)) call.attributes.push_back(truth(a::kPrivate, false));
  if (dice.percent(3)) call.attributes.push_back(truth(a::kWrapWithTrusted, true));
  return call;
}

Call victim_of(const VictimShape& shape, bool is_extractable, Dice& dice) {
  Call call = victim_with_key(shape, dice);
  if (shape.is_base) {
    make_base(call.attributes, dice);
    return call;
  }
  add(call.attributes, all_uses(shape.key_type, is_pair(shape.key_type) ? c::kPrivateKey : c::kSecretKey));
  call.attributes.push_back(truth(a::kSensitive, true));
  call.attributes.push_back(truth(a::kExtractable, is_extractable));
  return call;
}

Settings all_uses(std::uint32_t key_type, std::uint32_t object_class) {
  static std::map<std::pair<std::uint32_t, std::uint32_t>, Settings> known;
  const auto [found, is_new] = known.try_emplace({key_type, object_class});
  if (is_new) found->second = make_uses(key_type, object_class);
  return found->second;
}

Call own_key(std::uint32_t key_type, std::size_t bytes, const crypto::Mechanism* born_for, Dice& dice) {
  Call call{.operation = Operation::import_key};
  call.attributes = key_of(c::kSecretKey, key_type);
  Buffer value = few_octets(bytes, dice);
  if (key_type == k::kAesXts && !value.empty()) value.front() ^= 2U;  // its halves differ
  for (std::size_t i = 0; key_type == k::kDes3 && i < value.size(); ++i) value[i] = kFewOdd[i / 8 % 3];
  call.attributes.push_back(octets(a::kValue, value));
  add(call.attributes, all_uses(key_type, c::kSecretKey));
  call.attributes.push_back(truth(a::kSensitive, false));
  call.attributes.push_back(truth(a::kExtractable, true));
  if (born_for != nullptr) {
    const std::uint32_t numbers[] = {born_for->number, 0x251, 0x402A};
    call.attributes.push_back(mechanisms(a::kAllowedMechanisms, numbers));
  }
  return call;
}

Call own_pair(std::uint32_t key_type) {
  Call call{.operation = Operation::generate_pair};
  for (const crypto::Mechanism& each : crypto::mechanisms()) {
    if ((each.uses & u::kGeneratePair) != 0 && key_type_for(each) == key_type)
      call.how.mechanism = each.number;
  }
  call.attributes = all_uses(key_type, c::kPublicKey);
  call.more = all_uses(key_type, c::kPrivateKey);
  if (key_type == k::kRsa) {
    call.attributes.push_back(number(a::kModulusBits, 2048));
  } else if (key_type == k::kEc || key_type == k::kEdwards || key_type == k::kMontgomery) {
    call.attributes.push_back(octets(a::kEcParams, curve_of(key_type)));
  } else {
    call.attributes.push_back(number(a::kParameterSet, key_type == k::kSlhDsa ? kOf128Fast : 1));
  }
  return call;
}

Call own_rsa(bool is_private) {
  Call call{.operation = Operation::import_key};
  call.attributes = key_of(is_private ? c::kPrivateKey : c::kPublicKey, k::kRsa);
  add(call.attributes, is_private ? rsa_private_numbers() : rsa_public_numbers());
  add(call.attributes, all_uses(k::kRsa, is_private ? c::kPrivateKey : c::kPublicKey));
  if (is_private) call.attributes.push_back(truth(a::kSensitive, true));
  return call;
}

Call wrapping_key(Dice& dice) {
  Call call{.operation = Operation::generate};
  call.how.mechanism = 0x1080;  // CKM_AES_KEY_GEN
  call.attributes = {number(a::kValueLen, dice.percent(70) ? 32 : 16), truth(a::kWrap, true),
                     truth(a::kUnwrap, true)};
  if (dice.percent(10)) {
    // The security officer's, for everybody.
    call.who = Who::officer;
    add(call.attributes, {truth(a::kToken, true), truth(a::kPrivate, false), truth(a::kTrusted, true)});
    if (dice.percent(30)) call.attributes.push_back(truth(a::kDecrypt, true));
  } else if (dice.percent(10)) {
    call.attributes.push_back(truth(dice.percent(50) ? a::kDecrypt : a::kDerive, true));
  }
  if (dice.percent(50)) call.attributes.push_back(truth(a::kSensitive, true));
  if (dice.percent(50)) call.attributes.push_back(truth(a::kExtractable, false));
  return call;
}

std::size_t length_for(std::uint32_t key_type, Dice& dice) {
  static constexpr std::size_t kAesLengths[] = {16, 24, 32};
  switch (key_type) {
    case k::kAes: return kAesLengths[dice.below(3)];
    case k::kAesXts: return dice.percent(50) ? 32 : 64;
    case k::kChaCha20: return 32;
    case k::kDes3: return 24;
    default: return kLengths[dice.below(std::size(kLengths))];
  }
}

Settings derived_settings(const crypto::Mechanism& mechanism, const wire::ObjectSummary& base, const How& how,
                          Dice& dice) {
  if (mechanism.family == Family::hkdf_data) {
    const std::size_t bytes =
        how.expand ? length_for(k::kGenericSecret, dice) : longest(mechanism, base, how);
    return {number(a::kClass, c::kData), number(a::kValueLen, bytes)};
  }
  if (mechanism.family == Family::public_half) return {number(a::kClass, c::kPublicKey)};
  std::uint32_t type =
      mechanism.family == Family::tls_keys && dice.percent(70) ? k::kAes : random_secret_type(dice);
  if (mechanism.family == Family::tls_master || mechanism.family == Family::tls_extended_master) {
    type = k::kGenericSecret;
  }
  Settings settings = key_of(c::kSecretKey, type);
  if (!needs_no_length(mechanism.family) || dice.percent(3)) {
    const std::size_t most = longest(mechanism, base, how);
    std::size_t bytes = length_for(type, dice);
    // As long as it can be, an octet less, or any.
    if (is_hmac_like(type) && (bytes > most || dice.percent(40))) bytes = most - (dice.percent(30) ? 1 : 0);
    if (bytes < kFewOctets && most >= kFewOctets && dice.percent(50)) bytes = kFewOctets + dice.below(2);
    const bool is_whole = mechanism.family == Family::hkdf && !how.expand;
    settings.push_back(number(a::kValueLen, is_whole ? most : std::max<std::size_t>(bytes, 1)));
  }
  add(settings, some_uses(type, c::kSecretKey, dice));
  add_protection(settings, dice);
  return settings;
}

Settings unwrapped_settings(const wire::ObjectSummary& wrapped, Dice& dice) {
  std::uint32_t object_class = wrapped.object_class;
  std::uint32_t key_type = wrapped.key_type;
  if (dice.percent(25)) {
    // As something else.
    object_class = dice.percent(80) ? c::kSecretKey : c::kPrivateKey;
    key_type =
        object_class == c::kPrivateKey ? (dice.percent(50) ? k::kEc : k::kRsa) : random_secret_type(dice);
  }
  Settings settings = key_of(object_class, key_type);
  if (object_class == c::kSecretKey && dice.percent(35)) {
    const bool is_right = dice.percent(50) && wrapped.bits != 0;
    settings.push_back(number(a::kValueLen, is_right ? wrapped.bits / 8 : length_for(key_type, dice)));
  }
  add(settings, some_uses(key_type, object_class, dice));
  add_protection(settings, dice);
  return settings;
}

Settings encapsulated_settings(Dice& dice) {
  Settings settings = key_of(c::kSecretKey, k::kGenericSecret);
  settings.push_back(number(a::kValueLen, 32));
  add_protection(settings, dice);
  return settings;
}

Call generated(const crypto::Mechanism& mechanism, Dice& dice) {
  if ((mechanism.uses & u::kGeneratePair) != 0) return own_pair(key_type_for(mechanism));
  Call call{.operation = Operation::generate};
  call.how = how_for(mechanism, u::kGenerate, {}, dice);
  const std::size_t bytes = length_for(key_type_for(mechanism), dice);
  call.attributes.push_back(number(a::kValueLen, std::max<std::size_t>(bytes, 16)));
  if (mechanism.family == Family::pbkdf2) call.data.octets = few_octets(8, dice);
  return call;
}

Settings changed_settings(std::uint32_t key_type, std::uint32_t object_class, Dice& dice) {
  Settings settings;
  const Settings uses = all_uses(key_type, object_class);
  if (!uses.empty()) settings.push_back(uses[dice.below(uses.size())]);
  if (dice.percent(10)) settings.push_back(truth(a::kSensitive, dice.percent(50)));
  if (dice.percent(10)) settings.push_back(truth(a::kExtractable, dice.percent(50)));
  if (dice.percent(10)) settings.push_back(truth(a::kTrusted, true));
  if (settings.empty()) settings.push_back(octets(a::kLabel, as_bytes("label")));
  return settings;
}

}  // namespace coffer::extraction
