// The mechanisms in groups that run alike, with the parameters they take.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

#include "pkcs11/pkcs11.h"

namespace coffer::story {

using Octets = std::vector<CK_BYTE>;

// Parameters owns what the mechanisms' parameters point to; they are the same for every run.
class Parameters {
 public:
  explicit Parameters(CK_MECHANISM_TYPE type) : type_(type) {}
  Parameters(const Parameters&) = delete;
  Parameters& operator=(const Parameters&) = delete;

  using Make = CK_MECHANISM (Parameters::*)();

  CK_MECHANISM none() { return {type_, nullptr, 0}; }
  CK_MECHANISM block() { return {type_, octets_, 16}; }
  CK_MECHANISM half_block() { return {type_, octets_, 8}; }
  CK_MECHANISM nonce() { return {type_, octets_, 12}; }
  CK_MECHANISM ctr() { return of(ctr_); }
  CK_MECHANISM gcm() { return of(gcm_); }
  CK_MECHANISM ccm() { return of(ccm_); }
  CK_MECHANISM chacha20() { return of(chacha20_); }
  CK_MECHANISM poly1305() { return of(poly1305_); }
  CK_MECHANISM pss() {
    struct Hashes {
      CK_MECHANISM_TYPE signature;
      CK_MECHANISM_TYPE hash;
      CK_RSA_PKCS_MGF_TYPE mask;
    };
    constexpr Hashes kHashes[] = {{CKM_SHA1_RSA_PKCS_PSS, CKM_SHA_1, CKG_MGF1_SHA1},
                                  {CKM_SHA224_RSA_PKCS_PSS, CKM_SHA224, CKG_MGF1_SHA224},
                                  {CKM_SHA384_RSA_PKCS_PSS, CKM_SHA384, CKG_MGF1_SHA384},
                                  {CKM_SHA512_RSA_PKCS_PSS, CKM_SHA512, CKG_MGF1_SHA512},
                                  {CKM_SHA3_224_RSA_PKCS_PSS, CKM_SHA3_224, CKG_MGF1_SHA3_224},
                                  {CKM_SHA3_256_RSA_PKCS_PSS, CKM_SHA3_256, CKG_MGF1_SHA3_256},
                                  {CKM_SHA3_384_RSA_PKCS_PSS, CKM_SHA3_384, CKG_MGF1_SHA3_384},
                                  {CKM_SHA3_512_RSA_PKCS_PSS, CKM_SHA3_512, CKG_MGF1_SHA3_512}};
    const auto* found = std::ranges::find(kHashes, type_, &Hashes::signature);
    if (found != std::end(kHashes)) pss_ = {found->hash, found->mask, 20};
    return of(pss_);
  }
  CK_MECHANISM oaep() { return of(oaep_); }
  CK_MECHANISM rsa_aes() { return of(rsa_aes_); }
  CK_MECHANISM ecdh_aes() { return of(ecdh_aes_); }
  CK_MECHANISM prehashed() { return of(prehashed_); }
  CK_MECHANISM length() { return of(length_); }
  CK_MECHANISM tls_mac() { return of(tls_mac_); }
  CK_MECHANISM other_key() { return of(other); }
  CK_MECHANISM data() { return of(data_); }
  CK_MECHANISM cbc_data() { return of(cbc_data_); }
  CK_MECHANISM first_bit() { return of(first_bit_); }
  CK_MECHANISM counter() { return of(sp800_108_); }
  CK_MECHANISM pipeline() {
    parts_[0] = {CK_SP800_108_ITERATION_VARIABLE, nullptr, 0};
    return of(sp800_108_);
  }
  CK_MECHANISM feedback() {
    parts_[0] = {CK_SP800_108_ITERATION_VARIABLE, nullptr, 0};
    return of(feedback_);
  }
  CK_MECHANISM hkdf() { return of(hkdf_); }
  CK_MECHANISM master() { return of(master_); }
  CK_MECHANISM extended() { return of(extended_); }
  CK_MECHANISM keys() { return of(keys_); }
  CK_MECHANISM kdf() { return of(kdf_); }
  CK_MECHANISM password() { return of(password_); }
  CK_MECHANISM ecdh() {
    ecdh_ = {CKD_NULL, 0, nullptr, point.size(), point.data()};
    return of(ecdh_);
  }

  CK_OBJECT_HANDLE other = CK_INVALID_HANDLE;  // a second key
  Octets point;                                // somebody's public key

 private:
  template <typename Structure>
  CK_MECHANISM of(Structure& structure) {
    return {type_, &structure, sizeof structure};
  }

  CK_MECHANISM_TYPE type_;
  CK_BYTE octets_[64] = {1, 2, 3};
  CK_AES_CTR_PARAMS ctr_{32, {9}};
  CK_GCM_PARAMS gcm_{octets_, 12, 96, octets_, 16, 128};
  CK_CCM_PARAMS ccm_{48, octets_, 12, octets_, 16, 16};
  CK_CHACHA20_PARAMS chacha20_{octets_ + 32, 32, octets_, 96};
  CK_SALSA20_CHACHA20_POLY1305_PARAMS poly1305_{octets_, 12, octets_, 16};
  CK_RSA_PKCS_PSS_PARAMS pss_{CKM_SHA256, CKG_MGF1_SHA256, 32};
  CK_RSA_PKCS_OAEP_PARAMS oaep_{CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, nullptr, 0};
  CK_RSA_AES_KEY_WRAP_PARAMS rsa_aes_{256, &oaep_};
  CK_ECDH_AES_KEY_WRAP_PARAMS ecdh_aes_{256, CKD_SHA256_KDF, 0, nullptr};
  CK_HASH_SIGN_ADDITIONAL_CONTEXT prehashed_{CKH_HEDGE_PREFERRED, nullptr, 0, CKM_SHA256};
  CK_MAC_GENERAL_PARAMS length_ = 8;
  CK_TLS_MAC_PARAMS tls_mac_{CKM_SHA256, 12, 1};
  CK_KEY_DERIVATION_STRING_DATA data_{octets_, 32};
  CK_AES_CBC_ENCRYPT_DATA_PARAMS cbc_data_{{7}, octets_, 32};
  CK_EXTRACT_PARAMS first_bit_ = 8;
  CK_SP800_108_COUNTER_FORMAT counter_{CK_FALSE, 32};
  CK_PRF_DATA_PARAM parts_[2] = {{CK_SP800_108_ITERATION_VARIABLE, &counter_, sizeof counter_},
                                 {CK_SP800_108_BYTE_ARRAY, octets_, 16}};
  CK_SP800_108_KDF_PARAMS sp800_108_{CKM_SHA256_HMAC, 2, parts_, 0, nullptr};
  CK_SP800_108_FEEDBACK_KDF_PARAMS feedback_{CKM_SHA256_HMAC, 2, parts_, 32, octets_, 0, nullptr};
  CK_HKDF_PARAMS hkdf_{CK_TRUE, CK_TRUE, CKM_SHA256, CKF_HKDF_SALT_NULL, nullptr, 0, 0, octets_, 8};
  CK_SSL3_RANDOM_DATA randoms_{octets_, 32, octets_ + 32, 32};
  CK_VERSION version_{};
  CK_TLS12_MASTER_KEY_DERIVE_PARAMS master_{
      randoms_, type_ == CKM_TLS12_MASTER_KEY_DERIVE ? &version_ : nullptr, CKM_SHA256};
  CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS extended_{
      CKM_SHA256, octets_, 32, type_ == CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE ? &version_ : nullptr};
  CK_BYTE ivs_[2][16] = {};
  CK_SSL3_KEY_MAT_OUT material_{0, 0, 0, 0, ivs_[0], ivs_[1]};
  CK_TLS12_KEY_MAT_PARAMS keys_{0, 128, 32, CK_FALSE, randoms_, &material_, CKM_SHA256};
  CK_TLS_KDF_PARAMS kdf_{CKM_SHA256, octets_, 8, randoms_, nullptr, 0};
  CK_BYTE secret_[12] = {'n', 'o', ' ', 's', 'e', 'c', 'r', 'e', 't', ' ', 'i', 't'};
  CK_PKCS5_PBKD2_PARAMS2 password_{
      CKZ_SALT_SPECIFIED, octets_, 16, 1000, CKP_PKCS5_PBKD2_HMAC_SHA256, nullptr, 0, secret_,
      sizeof secret_};
  CK_ECDH1_DERIVE_PARAMS ecdh_{};
};

// Group is mechanisms that run alike: with the same key (none: they take no key, or make one), parameter and
// length of the data.
struct Group {
  const char* key;
  Parameters::Make parameter;
  std::size_t data_bytes;
  std::vector<CK_MECHANISM_TYPE> mechanisms;
};

inline const std::vector<Group> kGroups = {
    {"rsa",
     &Parameters::none,
     16,
     {CKM_RSA_PKCS, CKM_RSA_X_509, CKM_SHA1_RSA_PKCS, CKM_SHA224_RSA_PKCS, CKM_SHA256_RSA_PKCS,
      CKM_SHA384_RSA_PKCS, CKM_SHA512_RSA_PKCS, CKM_SHA3_224_RSA_PKCS, CKM_SHA3_256_RSA_PKCS,
      CKM_SHA3_384_RSA_PKCS, CKM_SHA3_512_RSA_PKCS}},
    {"rsa",
     &Parameters::pss,
     32,
     {CKM_RSA_PKCS_PSS, CKM_SHA1_RSA_PKCS_PSS, CKM_SHA224_RSA_PKCS_PSS, CKM_SHA256_RSA_PKCS_PSS,
      CKM_SHA384_RSA_PKCS_PSS, CKM_SHA512_RSA_PKCS_PSS, CKM_SHA3_224_RSA_PKCS_PSS, CKM_SHA3_256_RSA_PKCS_PSS,
      CKM_SHA3_384_RSA_PKCS_PSS, CKM_SHA3_512_RSA_PKCS_PSS}},
    {"rsa", &Parameters::oaep, 16, {CKM_RSA_PKCS_OAEP}},
    {"rsa", &Parameters::rsa_aes, 0, {CKM_RSA_AES_KEY_WRAP}},
    {"ml-dsa",
     &Parameters::none,
     32,
     {CKM_ML_DSA, CKM_HASH_ML_DSA_SHA224, CKM_HASH_ML_DSA_SHA256, CKM_HASH_ML_DSA_SHA384,
      CKM_HASH_ML_DSA_SHA512, CKM_HASH_ML_DSA_SHA3_224, CKM_HASH_ML_DSA_SHA3_256, CKM_HASH_ML_DSA_SHA3_384,
      CKM_HASH_ML_DSA_SHA3_512, CKM_HASH_ML_DSA_SHAKE128, CKM_HASH_ML_DSA_SHAKE256}},
    {"ml-dsa", &Parameters::prehashed, 32, {CKM_HASH_ML_DSA}},
    {"slh-dsa",
     &Parameters::none,
     32,
     {CKM_SLH_DSA, CKM_HASH_SLH_DSA_SHA224, CKM_HASH_SLH_DSA_SHA256, CKM_HASH_SLH_DSA_SHA384,
      CKM_HASH_SLH_DSA_SHA512, CKM_HASH_SLH_DSA_SHA3_224, CKM_HASH_SLH_DSA_SHA3_256,
      CKM_HASH_SLH_DSA_SHA3_384, CKM_HASH_SLH_DSA_SHA3_512, CKM_HASH_SLH_DSA_SHAKE128,
      CKM_HASH_SLH_DSA_SHAKE256}},
    {"slh-dsa", &Parameters::prehashed, 32, {CKM_HASH_SLH_DSA}},
    {"ml-kem", &Parameters::none, 0, {CKM_ML_KEM}},
    {"ec",
     &Parameters::none,
     32,
     {CKM_ECDSA, CKM_ECDSA_SHA1, CKM_ECDSA_SHA224, CKM_ECDSA_SHA256, CKM_ECDSA_SHA384, CKM_ECDSA_SHA512,
      CKM_ECDSA_SHA3_224, CKM_ECDSA_SHA3_256, CKM_ECDSA_SHA3_384, CKM_ECDSA_SHA3_512}},
    {"montgomery", &Parameters::ecdh, 0, {CKM_ECDH1_DERIVE}},
    {"ec", &Parameters::ecdh, 0, {CKM_ECDH1_COFACTOR_DERIVE}},
    {"ec", &Parameters::ecdh_aes, 0, {CKM_ECDH_AES_KEY_WRAP}},
    {"ec", &Parameters::none, 0, {CKM_PUB_KEY_FROM_PRIV_KEY}},
    {"edwards", &Parameters::none, 32, {CKM_EDDSA}},
    {"aes",
     &Parameters::none,
     48,
     {CKM_AES_ECB, CKM_AES_CMAC, CKM_AES_KEY_WRAP, CKM_AES_KEY_WRAP_KWP, CKM_AES_KEY_WRAP_PKCS7}},
    {"aes", &Parameters::block, 48, {CKM_AES_CBC, CKM_AES_CBC_PAD}},
    {"aes", &Parameters::nonce, 48, {CKM_AES_GMAC}},
    {"aes", &Parameters::ctr, 48, {CKM_AES_CTR}},
    {"aes", &Parameters::gcm, 48, {CKM_AES_GCM}},
    {"aes", &Parameters::ccm, 48, {CKM_AES_CCM}},
    {"aes", &Parameters::length, 48, {CKM_AES_CMAC_GENERAL}},
    {"encrypting", &Parameters::data, 0, {CKM_AES_ECB_ENCRYPT_DATA}},
    {"encrypting", &Parameters::cbc_data, 0, {CKM_AES_CBC_ENCRYPT_DATA}},
    {"xts", &Parameters::block, 48, {CKM_AES_XTS}},
    {"chacha20", &Parameters::chacha20, 48, {CKM_CHACHA20}},
    {"chacha20", &Parameters::poly1305, 48, {CKM_CHACHA20_POLY1305}},
    {"des3", &Parameters::none, 48, {CKM_DES3_ECB, CKM_DES3_CMAC}},
    {"des3", &Parameters::half_block, 48, {CKM_DES3_CBC, CKM_DES3_CBC_PAD}},
    {"generic",
     &Parameters::none,
     48,
     {CKM_MD5_HMAC, CKM_SHA_1_HMAC, CKM_SHA224_HMAC, CKM_SHA256_HMAC, CKM_SHA384_HMAC, CKM_SHA512_HMAC,
      CKM_SHA512_224_HMAC, CKM_SHA512_256_HMAC, CKM_SHA3_224_HMAC, CKM_SHA3_256_HMAC, CKM_SHA3_384_HMAC,
      CKM_SHA3_512_HMAC}},
    {"generic",
     &Parameters::length,
     48,
     {CKM_MD5_HMAC_GENERAL, CKM_SHA_1_HMAC_GENERAL, CKM_SHA224_HMAC_GENERAL, CKM_SHA256_HMAC_GENERAL,
      CKM_SHA384_HMAC_GENERAL, CKM_SHA512_HMAC_GENERAL, CKM_SHA512_224_HMAC_GENERAL,
      CKM_SHA512_256_HMAC_GENERAL, CKM_SHA3_224_HMAC_GENERAL, CKM_SHA3_256_HMAC_GENERAL,
      CKM_SHA3_384_HMAC_GENERAL, CKM_SHA3_512_HMAC_GENERAL}},
    {"generic",
     &Parameters::none,
     0,
     {CKM_SHA1_KEY_DERIVATION, CKM_SHA224_KEY_DERIVATION, CKM_SHA256_KEY_DERIVATION,
      CKM_SHA384_KEY_DERIVATION, CKM_SHA512_KEY_DERIVATION, CKM_SHA512_224_KEY_DERIVATION,
      CKM_SHA512_256_KEY_DERIVATION, CKM_SHA3_224_KEY_DERIVATION, CKM_SHA3_256_KEY_DERIVATION,
      CKM_SHA3_384_KEY_DERIVATION, CKM_SHA3_512_KEY_DERIVATION}},
    {"cuttable", &Parameters::other_key, 0, {CKM_CONCATENATE_BASE_AND_KEY}},
    {"cuttable",
     &Parameters::data,
     0,
     {CKM_CONCATENATE_BASE_AND_DATA, CKM_CONCATENATE_DATA_AND_BASE, CKM_XOR_BASE_AND_DATA}},
    {"cuttable", &Parameters::first_bit, 0, {CKM_EXTRACT_KEY_FROM_KEY}},
    {"generic", &Parameters::counter, 0, {CKM_SP800_108_COUNTER_KDF}},
    {"generic", &Parameters::feedback, 0, {CKM_SP800_108_FEEDBACK_KDF}},
    {"generic", &Parameters::pipeline, 0, {CKM_SP800_108_DOUBLE_PIPELINE_KDF}},
    {"generic", &Parameters::hkdf, 0, {CKM_HKDF_DERIVE, CKM_HKDF_DATA}},
    {"tls", &Parameters::tls_mac, 48, {CKM_TLS_MAC, CKM_TLS12_MAC}},
    {"tls", &Parameters::master, 0, {CKM_TLS12_MASTER_KEY_DERIVE, CKM_TLS12_MASTER_KEY_DERIVE_DH}},
    {"tls",
     &Parameters::extended,
     0,
     {CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH}},
    {"tls", &Parameters::keys, 0, {CKM_TLS12_KEY_AND_MAC_DERIVE, CKM_TLS12_KEY_SAFE_DERIVE}},
    {"tls", &Parameters::kdf, 0, {CKM_TLS_KDF, CKM_TLS12_KDF}},
    {nullptr,
     &Parameters::none,
     48,
     {CKM_MD5, CKM_SHA_1, CKM_SHA224, CKM_SHA256, CKM_SHA384, CKM_SHA512, CKM_SHA512_224, CKM_SHA512_256,
      CKM_SHA3_224, CKM_SHA3_256, CKM_SHA3_384, CKM_SHA3_512}},
    {nullptr, &Parameters::password, 0, {CKM_PKCS5_PBKD2}},
    {nullptr,
     &Parameters::none,
     0,
     {CKM_RSA_PKCS_KEY_PAIR_GEN,
      CKM_EC_KEY_PAIR_GEN,
      CKM_EC_EDWARDS_KEY_PAIR_GEN,
      CKM_EC_MONTGOMERY_KEY_PAIR_GEN,
      CKM_ML_DSA_KEY_PAIR_GEN,
      CKM_ML_KEM_KEY_PAIR_GEN,
      CKM_SLH_DSA_KEY_PAIR_GEN,
      CKM_AES_KEY_GEN,
      CKM_AES_XTS_KEY_GEN,
      CKM_CHACHA20_KEY_GEN,
      CKM_DES3_KEY_GEN,
      CKM_GENERIC_SECRET_KEY_GEN,
      CKM_SHA_1_KEY_GEN,
      CKM_SHA224_KEY_GEN,
      CKM_SHA256_KEY_GEN,
      CKM_SHA384_KEY_GEN,
      CKM_SHA512_KEY_GEN,
      CKM_SHA512_224_KEY_GEN,
      CKM_SHA512_256_KEY_GEN,
      CKM_SHA3_224_KEY_GEN,
      CKM_SHA3_256_KEY_GEN,
      CKM_SHA3_384_KEY_GEN,
      CKM_SHA3_512_KEY_GEN,
      CKM_HKDF_KEY_GEN}},
};

}  // namespace coffer::story
