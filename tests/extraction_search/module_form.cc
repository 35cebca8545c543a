// Module form: one structure of the specification a family.
#include "tests/extraction_search/module_form.h"

#include <algorithm>

#include "crypto/mechanism.h"
#include "tests/extraction_search/attribute_names.h"

namespace coffer::extraction {
namespace {

using crypto::Family;
using crypto::Hash;

struct HashRow {
  Hash hash;
  CK_MECHANISM_TYPE digest;
  CK_RSA_PKCS_MGF_TYPE mask;
  CK_EC_KDF_TYPE kdf;
};
constexpr HashRow kHashes[] = {{Hash::none, 0, 0, CKD_NULL},
                               {Hash::sha1, CKM_SHA_1, CKG_MGF1_SHA1, CKD_SHA1_KDF},
                               {Hash::sha224, CKM_SHA224, CKG_MGF1_SHA224, CKD_SHA224_KDF},
                               {Hash::sha256, CKM_SHA256, CKG_MGF1_SHA256, CKD_SHA256_KDF},
                               {Hash::sha384, CKM_SHA384, CKG_MGF1_SHA384, CKD_SHA384_KDF},
                               {Hash::sha512, CKM_SHA512, CKG_MGF1_SHA512, CKD_SHA512_KDF},
                               {Hash::sha3_224, CKM_SHA3_224, CKG_MGF1_SHA3_224, 0},
                               {Hash::sha3_256, CKM_SHA3_256, CKG_MGF1_SHA3_256, 0},
                               {Hash::sha3_384, CKM_SHA3_384, CKG_MGF1_SHA3_384, 0},
                               {Hash::sha3_512, CKM_SHA3_512, CKG_MGF1_SHA3_512, 0}};

const HashRow& hash_row(std::uint8_t number) {
  const auto* found = std::ranges::find(kHashes, static_cast<Hash>(number), &HashRow::hash);
  return found != std::end(kHashes) ? *found : kHashes[0];
}

}  // namespace

ModuleTemplate::ModuleTemplate(const Settings& settings) {
  for (const Setting& each : settings) {
    if (each.inner.empty()) {
      values_.push_back(each.value);
      attributes_.push_back({each.type, values_.back().data(), values_.back().size()});
    } else {
      inner_.emplace_back(each.inner);
      attributes_.push_back({each.type, inner_.back().data(), inner_.back().size() * sizeof(CK_ATTRIBUTE)});
    }
  }
}

void ModuleTemplate::flip(CK_ATTRIBUTE_TYPE type, std::size_t position, std::uint8_t by) {
  for (CK_ATTRIBUTE& each : attributes_) {
    if (each.type == type && position < each.ulValueLen) static_cast<CK_BYTE*>(each.pValue)[position] ^= by;
  }
}

ModuleMechanism::ModuleMechanism(const How& how, Operation operation, Buffer iv, Buffer password,
                                 CK_OBJECT_HANDLE other)
    : how_(how), operation_(operation), iv_(std::move(iv)), password_(std::move(password)), other_(other) {
  if (how_.nonce_bytes != 0) iv_.resize(how_.nonce_bytes);
}

std::optional<CK_MECHANISM> ModuleMechanism::sealing() {
  CK_BYTE* associated = how_.associated.data();
  const CK_ULONG associated_bytes = how_.associated.size();
  switch (crypto::find_mechanism(how_.mechanism)->family) {
    case Family::aes_gcm:
      if (operation_ == Operation::wrap || operation_ == Operation::unwrap) {
        gcm_wrap_ = {iv_.data(),
                     iv_.size(),
                     0,
                     how_.nonce_bytes != 0 ? CKG_GENERATE_RANDOM : CKG_NO_GENERATE,
                     associated,
                     associated_bytes,
                     how_.tag_bits};
        return of(gcm_wrap_);
      }
      gcm_ = {iv_.data(), iv_.size(), 8 * iv_.size(), associated, associated_bytes, how_.tag_bits};
      return of(gcm_);
    case Family::aes_ccm:
      ccm_ = {how_.number, iv_.data(), iv_.size(), associated, associated_bytes, how_.tag_bits / 8};
      return of(ccm_);
    case Family::chacha20_poly1305:
      poly1305_ = {iv_.data(), iv_.size(), associated, associated_bytes};
      return of(poly1305_);
    default: return std::nullopt;
  }
}

std::optional<CK_MECHANISM> ModuleMechanism::sp800_108(bool has_feedback) {
  const bool counts = crypto::find_mechanism(how_.mechanism)->family == Family::sp800_108_counter;
  for (Part& each : how_.parts) {
    if (each.kind == 1 && counts) {
      parts_.push_back({CK_SP800_108_ITERATION_VARIABLE, &counter_, sizeof counter_});
    } else if (each.kind == 1) {
      parts_.push_back({CK_SP800_108_ITERATION_VARIABLE, nullptr, 0});
    } else if (each.kind == 3) {
      length_ = {CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS, CK_FALSE, each.bits};
      parts_.push_back({CK_SP800_108_DKM_LENGTH, &length_, sizeof length_});
    } else {
      parts_.push_back({CK_SP800_108_BYTE_ARRAY, each.octets.data(), each.octets.size()});
    }
  }
  const CK_SP800_108_PRF_TYPE prf = how_.hash == 0 ? CKM_AES_CMAC : hash_row(how_.hash).digest + 1;
  if (has_feedback) {
    feedback_ = {prf, parts_.size(), parts_.data(), iv_.size(), iv_.data(), further_.size(), further_.data()};
    return of(feedback_);
  }
  sp800_108_ = {prf, parts_.size(), parts_.data(), further_.size(), further_.data()};
  return of(sp800_108_);
}

std::optional<CK_MECHANISM> ModuleMechanism::tls() {
  const CK_MECHANISM_TYPE digest = hash_row(how_.hash).digest;
  constexpr CK_ULONG kRandomBytes = 32;
  if (how_.salt.size() != 2 * kRandomBytes) return std::nullopt;
  const CK_SSL3_RANDOM_DATA randoms{how_.salt.data(), kRandomBytes, how_.salt.data() + kRandomBytes,
                                    kRandomBytes};
  const bool has_version =
      how_.mechanism == CKM_TLS12_MASTER_KEY_DERIVE || how_.mechanism == CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE;
  CK_VERSION* version = has_version ? &version_ : nullptr;
  switch (crypto::find_mechanism(how_.mechanism)->family) {
    case Family::tls_master: master_ = {randoms, version, digest}; return of(master_);
    case Family::tls_extended_master:
      extended_ = {digest, how_.salt.data(), how_.salt.size(), version};
      return of(extended_);
    case Family::tls_keys:
      if (how_.sizes.size() != 3) return std::nullopt;
      // The order of the randoms is the other one here.
      tls_keys_ = {8UL * how_.sizes[0],
                   8UL * how_.sizes[1],
                   8UL * how_.sizes[2],
                   CK_FALSE,
                   {randoms.pServerRandom, kRandomBytes, randoms.pClientRandom, kRandomBytes},
                   &material_,
                   digest};
      return of(tls_keys_);
    case Family::tls_kdf:
      tls_kdf_ = {digest, how_.info.data(), how_.info.size(), randoms, nullptr, 0};
      return of(tls_kdf_);
    default: return std::nullopt;
  }
}

std::optional<CK_MECHANISM> ModuleMechanism::derivation(const crypto::Mechanism& row, CK_MECHANISM bare) {
  const HashRow& hash = hash_row(how_.hash);
  switch (row.family) {
    case Family::concatenate_key: return of(other_);
    case Family::concatenate_data:
    case Family::concatenate_before:
    case Family::xor_data:
    case Family::encrypt_data_ecb: data_ = {how_.info.data(), how_.info.size()}; return of(data_);
    case Family::encrypt_data_cbc:
      cbc_data_.pData = how_.info.data();
      cbc_data_.length = how_.info.size();
      std::copy_n(iv_.begin(), std::min(iv_.size(), sizeof cbc_data_.iv), cbc_data_.iv);
      return of(cbc_data_);
    case Family::extract_bits: number_ = how_.number; return of(number_);
    case Family::ecdh:
      ecdh_ = {hash.kdf, how_.salt.size(), how_.salt.data(), how_.peer.size(), how_.peer.data()};
      return of(ecdh_);
    case Family::hkdf:
    case Family::hkdf_data:
      hkdf_ = {static_cast<CK_BBOOL>(how_.extract),
               static_cast<CK_BBOOL>(how_.expand),
               hash.digest,
               how_.salt.empty() ? CKF_HKDF_SALT_NULL : CKF_HKDF_SALT_DATA,
               how_.salt.data(),
               how_.salt.size(),
               0,
               how_.info.data(),
               how_.info.size()};
      return of(hkdf_);
    case Family::sp800_108_counter:
    case Family::sp800_108_pipeline: return sp800_108(false);
    case Family::sp800_108_feedback: return sp800_108(true);
    case Family::pbkdf2:
      pbkdf2_ = {CKZ_SALT_SPECIFIED,
                 how_.salt.data(),
                 how_.salt.size(),
                 how_.number,
                 CKP_PKCS5_PBKD2_HMAC_SHA256,
                 nullptr,
                 0,
                 password_.data(),
                 password_.size()};
      return of(pbkdf2_);
    case Family::tls_master:
    case Family::tls_extended_master:
    case Family::tls_keys:
    case Family::tls_kdf: return tls();
    default: return bare;
  }
}

std::optional<CK_MECHANISM> ModuleMechanism::get() {
  const crypto::Mechanism* row = crypto::find_mechanism(how_.mechanism);
  if (row == nullptr) return std::nullopt;
  const HashRow& hash = hash_row(how_.hash);
  const CK_MECHANISM bare{how_.mechanism, nullptr, 0};
  switch (row->family) {
    case Family::aes_cbc:
    case Family::aes_cbc_pad:
    case Family::aes_xts:
    case Family::aes_gmac:
    case Family::des3_cbc:
    case Family::des3_cbc_pad: return CK_MECHANISM{how_.mechanism, iv_.data(), iv_.size()};
    case Family::aes_ctr:
      ctr_.ulCounterBits = how_.counter_bits;
      std::copy_n(iv_.begin(), std::min(iv_.size(), sizeof ctr_.cb), ctr_.cb);
      return of(ctr_);
    case Family::chacha20:
      if (iv_.size() != 16) return std::nullopt;
      chacha20_ = {iv_.data(), 32, iv_.data() + 4, 96};
      return of(chacha20_);
    case Family::aes_gcm:
    case Family::aes_ccm:
    case Family::chacha20_poly1305: return sealing();
    case Family::rsa_pss: pss_ = {hash.digest, hash.mask, how_.salt_bytes}; return of(pss_);
    case Family::rsa_oaep:
    case Family::rsa_aes_wrap:
      oaep_ = {hash.digest, hash.mask, CKZ_DATA_SPECIFIED, nullptr, 0};
      rsa_aes_ = {8UL * how_.output_bytes, &oaep_};
      return row->family == Family::rsa_oaep ? of(oaep_) : of(rsa_aes_);
    case Family::ecdh_aes_wrap:
      ecdh_aes_ = {8UL * how_.output_bytes, hash.kdf, 0, nullptr};
      return of(ecdh_aes_);
    case Family::ml_dsa_prehashed:
    case Family::slh_dsa_prehashed:
      if (row->hash != Hash::none) return bare;
      prehashed_ = {CKH_HEDGE_PREFERRED, nullptr, 0, hash.digest};
      return of(prehashed_);
    case Family::hmac_general:
    case Family::aes_cmac_general: number_ = how_.output_bytes; return of(number_);
    case Family::tls_mac: tls_mac_ = {hash.digest, how_.output_bytes, 2}; return of(tls_mac_);
    default: return derivation(*row, bare);
  }
}

void ModuleMechanism::add_key(ModuleTemplate& wanted, CK_OBJECT_HANDLE& made) {
  further_.push_back({wanted.data(), wanted.size(), &made});
}

}  // namespace coffer::extraction
