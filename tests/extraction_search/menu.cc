// Menu: one row a family.
#include "tests/extraction_search/menu.h"

#include <algorithm>
#include <array>

#include "codec/hex.h"
#include "tests/extraction_search/fixed_keys.h"
#include "vault/attribute.h"

namespace coffer::extraction {
namespace {

using crypto::Family;
using crypto::Hash;
namespace a = vault::attribute;
namespace c = vault::object_class;
namespace k = vault::key_type;
namespace u = crypto::use;

constexpr auto kUses = std::to_array<UseRow>({
    {u::kEncrypt, a::kEncrypt, Operation::encrypt},
    {u::kDecrypt, a::kDecrypt, Operation::decrypt},
    {u::kDigest, 0, Operation::digest},
    {u::kSign, a::kSign, Operation::sign},
    {u::kSignRecover, a::kSignRecover, Operation::sign_recover},
    {u::kVerify, a::kVerify, Operation::verify},
    {u::kVerifyRecover, a::kVerifyRecover, Operation::verify_recover},
    {u::kGenerate, 0, Operation::generate},
    {u::kGeneratePair, 0, Operation::generate_pair},
    {u::kWrap, a::kWrap, Operation::wrap},
    {u::kUnwrap, a::kUnwrap, Operation::unwrap},
    {u::kDerive, a::kDerive, Operation::derive},
    {u::kEncapsulate, a::kEncapsulate, Operation::encapsulate},
    {u::kDecapsulate, a::kDecapsulate, Operation::decapsulate},
});

struct TypeRow {
  crypto::KeyType type;
  std::uint32_t number;  // CKK_
};
constexpr auto kTypes = std::to_array<TypeRow>({
    {crypto::KeyType::rsa, k::kRsa},
    {crypto::KeyType::ec, k::kEc},
    {crypto::KeyType::edwards, k::kEdwards},
    {crypto::KeyType::montgomery, k::kMontgomery},
    {crypto::KeyType::aes, k::kAes},
    {crypto::KeyType::generic, k::kGenericSecret},
    {crypto::KeyType::aes_xts, k::kAesXts},
    {crypto::KeyType::chacha20, k::kChaCha20},
    {crypto::KeyType::des3, k::kDes3},
    {crypto::KeyType::ml_dsa, k::kMlDsa},
    {crypto::KeyType::ml_kem, k::kMlKem},
    {crypto::KeyType::slh_dsa, k::kSlhDsa},
});

bool is_generic(std::uint32_t key_type) {
  return !is_pair(key_type) && key_type != k::kAes && key_type != k::kAesXts && key_type != k::kChaCha20 &&
         key_type != k::kDes3;
}

std::uint8_t number_of(Hash hash) { return static_cast<std::uint8_t>(hash); }

Hash hash_or_sha256(const crypto::Mechanism& mechanism) {
  return mechanism.hash == Hash::none ? Hash::sha256 : mechanism.hash;
}

std::uint32_t pick_number(Dice& dice, std::initializer_list<std::uint32_t> numbers) {
  return *(numbers.begin() + dice.below(numbers.size()));
}

void choose_sealing(How& how, Family family, Dice& dice) {
  how.iv.octets = Buffer(12, 7);
  how.tag_bits = family == Family::aes_gcm && dice.percent(20) ? pick_number(dice, {32, 64, 96, 120}) : 128;
  if (dice.percent(30)) how.associated = few_octets(5, dice);
}

// The initial value of the form itself, of the other form, and any: what one form wrapped, the other one may
// try.
void choose_initial_value(How& how, Family family, Dice& dice) {
  if (dice.percent(50)) return;
  how.iv.octets = dice.percent(50) ? Buffer{0xA6, 0x59, 0x59, 0xA6} : few_octets(4, dice);
  if (family == Family::aes_kwp) return;
  if (dice.percent(20)) {
    append(how.iv.octets, few_octets(4, dice));
  } else {
    append(how.iv.octets,
           Buffer{0, 0, 0, static_cast<std::uint8_t>(pick_number(dice, {15, 16, 24, 31, 32}))});
  }
}

void choose_hkdf(How& how, Dice& dice) {
  how.hash = number_of(dice.percent(80) ? Hash::sha256 : Hash::sha512);
  how.extract = dice.percent(70);
  how.expand = !how.extract || dice.percent(85);
  if (how.extract && dice.percent(30)) how.salt = few_octets(8, dice);
  if (how.expand && dice.percent(50)) how.info = Buffer{'i'};
}

void choose_sp800_108(How& how, Family family, const wire::ObjectSummary& key, Dice& dice) {
  how.hash = number_of(key.key_type == k::kAes ? Hash::none : Hash::sha256);
  how.parts.push_back({1, family == Family::sp800_108_counter ? 32U : 0U, {}});
  how.parts.push_back({4, 0, Buffer{'c'}});
  if (dice.percent(20)) how.parts.push_back({3, 32, {}});
  if (family == Family::sp800_108_feedback && dice.percent(50)) how.iv.octets = Buffer(16, 3);
}

void choose_tls(How& how, const crypto::Mechanism& mechanism, Dice& dice) {
  how.hash = number_of(Hash::sha256);
  how.salt = Buffer(64, 9);
  if (mechanism.family == Family::tls_kdf) how.info = Buffer{'l', 'a', 'b', 'e', 'l'};
  if (mechanism.family == Family::tls_keys) {
    how.sizes = {pick_number(dice, {0, 0, 1, 16, 20, 32}), pick_number(dice, {16, 16, 24, 32}),
                 pick_number(dice, {0, 4, 8, 16})};
  }
}

// Data that moves octets to where others are: as long as the base, an octet more, all zeros but one end.
Buffer linear_data(const wire::ObjectSummary& key, Dice& dice) {
  const std::size_t bytes = key.bits / 8;
  switch (dice.below(6)) {
    case 0: return few_octets(1, dice);
    case 1: return few_octets(1 + dice.below(3), dice);
    case 2: return Buffer(bytes, 0);
    case 3: return few_octets(bytes, dice);
    default: {
      Buffer data(dice.percent(80) || bytes == 0 ? bytes : bytes - 1, 0);
      if (!data.empty()) (dice.percent(70) ? data.back() : data.front()) = kFew[dice.below(3)];
      return data;
    }
  }
}

void choose_octet_derivation(How& how, Family family, const wire::ObjectSummary& key, Dice& dice) {
  const std::size_t bytes = std::max<std::size_t>(key.bits / 8, 1);
  switch (family) {
    case Family::extract_bits:
      how.number = 8 * (dice.percent(60) ? (dice.percent(50) ? 0 : 1) : dice.below(bytes));
      if (dice.percent(10)) how.number += dice.below(8);
      break;
    case Family::encrypt_data_cbc: how.iv.octets = few_octets(16, dice); [[fallthrough]];
    case Family::encrypt_data_ecb: how.info = few_octets(16 * (1 + dice.below(4)), dice); break;
    default: how.info = linear_data(key, dice);
  }
}

void choose_derivation(How& how, const crypto::Mechanism& mechanism, const wire::ObjectSummary& key,
                       Dice& dice) {
  switch (mechanism.family) {
    case Family::hkdf:
    case Family::hkdf_data: choose_hkdf(how, dice); break;
    case Family::sp800_108_counter:
    case Family::sp800_108_feedback:
    case Family::sp800_108_pipeline: choose_sp800_108(how, mechanism.family, key, dice); break;
    case Family::pbkdf2:
      how.hash = number_of(Hash::sha256);
      how.salt = Buffer(16, 4);
      how.number = 1000;
      break;
    case Family::tls_master:
    case Family::tls_extended_master:
    case Family::tls_kdf:
    case Family::tls_keys: choose_tls(how, mechanism, dice); break;
    case Family::concatenate_data:
    case Family::concatenate_before:
    case Family::xor_data:
    case Family::extract_bits:
    case Family::encrypt_data_ecb:
    case Family::encrypt_data_cbc: choose_octet_derivation(how, mechanism.family, key, dice); break;
    default: break;
  }
}

}  // namespace

Buffer few_octets(std::size_t bytes, Dice& dice) {
  Buffer octets(bytes, kFew[dice.below(std::size(kFew))]);
  if (dice.percent(40)) return octets;
  for (std::uint8_t& each : octets) each = kFew[dice.below(std::size(kFew))];
  return octets;
}

std::span<const UseRow> use_rows() { return kUses; }

const UseRow* find_use(Operation operation) {
  const auto* row = std::ranges::find(kUses, operation, &UseRow::operation);
  return row != kUses.end() ? row : nullptr;
}

std::uint32_t key_type_for(const crypto::Mechanism& mechanism) {
  if (mechanism.family == Family::public_half) return k::kEc;
  const bool is_tls = mechanism.key == crypto::KeyType::none;
  const auto* row = std::ranges::find(kTypes, mechanism.key, &TypeRow::type);
  return is_tls || row == kTypes.end() ? k::kGenericSecret : row->number;
}

bool is_pair(std::uint32_t key_type) {
  return key_type == k::kRsa || key_type == k::kEc || key_type == k::kEdwards || key_type == k::kMontgomery ||
         key_type == k::kMlDsa || key_type == k::kMlKem || key_type == k::kSlhDsa;
}

std::uint32_t class_for(std::uint32_t key_type, std::uint32_t use) {
  if (!is_pair(key_type)) return c::kSecretKey;
  const std::uint32_t of_the_public =
      u::kEncrypt | u::kVerify | u::kVerifyRecover | u::kWrap | u::kEncapsulate;
  return (use & of_the_public) != 0 ? c::kPublicKey : c::kPrivateKey;
}

bool fits(const wire::ObjectSummary& key, const crypto::Mechanism& mechanism, std::uint32_t use) {
  if ((mechanism.uses & use) == 0 || key.object_class != class_for(key.key_type, use)) return false;
  switch (mechanism.family) {
    case Family::public_half: return is_pair(key.key_type);
    case Family::ecdh: return key.key_type == k::kEc || key.key_type == k::kMontgomery;
    case Family::sp800_108_counter:
    case Family::sp800_108_feedback:
    case Family::sp800_108_pipeline: return is_generic(key.key_type) || key.key_type == k::kAes;
    default: break;
  }
  if (mechanism.key == crypto::KeyType::none) return !is_pair(key.key_type);
  if (mechanism.key == crypto::KeyType::generic) return is_generic(key.key_type);
  return key.key_type == key_type_for(mechanism);
}

unsigned cost(const crypto::Mechanism& mechanism) {
  switch (mechanism.family) {
    case Family::rsa_generate:
    case Family::slh_dsa_generate:
    case Family::slh_dsa_sign:
    case Family::slh_dsa_prehashed: return 10000;
    case Family::ml_dsa_generate:
    case Family::ml_dsa_sign:
    case Family::ml_dsa_prehashed:
    case Family::ml_kem_generate:
    case Family::ml_kem_encapsulate: return 100;
    default: break;
  }
  if (mechanism.key == crypto::KeyType::rsa) return 300;
  const bool is_curve = mechanism.key == crypto::KeyType::ec || mechanism.key == crypto::KeyType::edwards ||
                        mechanism.key == crypto::KeyType::montgomery;
  return is_curve ? 20 : 1;
}

How how_for(const crypto::Mechanism& mechanism, std::uint32_t use, const wire::ObjectSummary& key,
            Dice& dice) {
  How how{.mechanism = mechanism.number};
  switch (mechanism.family) {
    case Family::rsa_pss: how.salt_bytes = 20; [[fallthrough]];
    case Family::rsa_oaep: how.hash = how.mask_hash = number_of(hash_or_sha256(mechanism)); break;
    case Family::rsa_aes_wrap: how.hash = how.mask_hash = number_of(Hash::sha256); [[fallthrough]];
    case Family::ecdh_aes_wrap:
      how.hash = number_of(Hash::sha256);
      how.output_bytes = 32;
      break;
    case Family::ecdh:
      how.peer = peer_point(key.key_type);
      if (dice.percent(50)) how.hash = number_of(Hash::sha256);
      break;
    case Family::ml_dsa_prehashed:
    case Family::slh_dsa_prehashed:
      if (mechanism.hash == Hash::none) how.hash = number_of(Hash::sha256);
      break;
    case Family::aes_kw:
    case Family::aes_kw_pkcs7:
    case Family::aes_kwp: choose_initial_value(how, mechanism.family, dice); break;
    case Family::aes_cbc:
    case Family::aes_cbc_pad:
    case Family::aes_xts: how.iv.octets = Buffer(16, 7); break;
    case Family::des3_cbc:
    case Family::des3_cbc_pad: how.iv.octets = Buffer(8, 7); break;
    case Family::aes_ctr:
    case Family::chacha20:
      how.iv.octets = Buffer(16, 7);
      how.counter_bits = 32;
      break;
    case Family::aes_gcm:
    case Family::aes_ccm:
    case Family::chacha20_poly1305:
      choose_sealing(how, mechanism.family, dice);
      if (use == u::kWrap && mechanism.family == Family::aes_gcm && dice.percent(70)) {
        how.iv = {};
        how.nonce_bytes = 12;
      }
      break;
    case Family::aes_gmac: how.iv.octets = Buffer(12, 7); break;
    case Family::hmac_general:
    case Family::aes_cmac_general: how.output_bytes = pick_number(dice, {1, 4, 8, 16}); break;
    case Family::tls_mac:
      how.hash = number_of(Hash::sha256);
      how.info = to_buffer(as_bytes("client finished"));
      how.output_bytes = 12;
      break;
    default: choose_derivation(how, mechanism, key, dice);
  }
  return how;
}

std::span<const Buffer> mac_inputs() {
  // SP 800-108: counter and fixed input, the fixed input alone, that behind an IV; HKDF-Expand with and
  // without info.
  static const std::vector<Buffer> inputs = {
      {0}, {0, 0, 0, 1, 'c'}, {'c'}, {3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 'c'}, {1}, {'i', 1}};
  return inputs;
}

Buffer input_for(const crypto::Mechanism& mechanism, Dice& dice) {
  const auto some = [&dice](std::initializer_list<std::uint32_t> lengths) {
    return few_octets(pick_number(dice, lengths), dice);
  };
  switch (mechanism.family) {
    case Family::rsa_raw: {
      Buffer number = few_octets(256, dice);
      number.front() = 0;
      return number;
    }
    case Family::rsa_pss: return mechanism.hash == Hash::none ? few_octets(32, dice) : some({1, 32});
    case Family::ml_dsa_prehashed:
    case Family::slh_dsa_prehashed:
    case Family::ecdsa: return few_octets(32, dice);
    case Family::aes_kw:
    case Family::aes_kw_pkcs7:
    case Family::aes_ecb:
    case Family::aes_cbc:
    case Family::des3_ecb:
    case Family::des3_cbc: return some({16, 32, 48});
    case Family::aes_xts: return some({16, 32, 33});
    default: return mac_inputs()[dice.percent(80) ? 0 : dice.below(mac_inputs().size())];
  }
}

bool is_linear(Family family) {
  return family == Family::concatenate_key || family == Family::concatenate_data ||
         family == Family::concatenate_before || family == Family::xor_data || family == Family::extract_bits;
}

}  // namespace coffer::extraction
