// Module form: what a call's settings and parameters are in PKCS#11.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "crypto/mechanism.h"
#include "pkcs11/pkcs11.h"
#include "tests/extraction_search/call.h"

namespace coffer::extraction {

// ModuleTemplate is a template and what it points to.
class ModuleTemplate {
 public:
  explicit ModuleTemplate(const Settings& settings);
  ModuleTemplate(const ModuleTemplate&) = delete;
  ModuleTemplate& operator=(const ModuleTemplate&) = delete;

  CK_ATTRIBUTE* data() { return attributes_.data(); }
  [[nodiscard]] CK_ULONG size() const { return attributes_.size(); }
  // flip changes octets of one attribute by XOR.
  void flip(CK_ATTRIBUTE_TYPE type, std::size_t position, std::uint8_t by);

 private:
  std::deque<Buffer> values_;
  std::deque<ModuleTemplate> inner_;
  std::vector<CK_ATTRIBUTE> attributes_;
};

// ModuleMechanism is a mechanism with its parameter, and where a call leaves what it gives besides.
class ModuleMechanism {
 public:
  // `iv` and `password` are octets of earlier results, `other` an object.
  ModuleMechanism(const How& how, Operation operation, Buffer iv, Buffer password, CK_OBJECT_HANDLE other);
  ModuleMechanism(const ModuleMechanism&) = delete;
  ModuleMechanism& operator=(const ModuleMechanism&) = delete;

  // get gives none where this program knows no parameter for the mechanism.
  [[nodiscard]] std::optional<CK_MECHANISM> get();
  // nonce is what the chip chose when it wrapped.
  [[nodiscard]] const Buffer& nonce() const { return iv_; }
  // The keys and IVs of a TLS connection.
  [[nodiscard]] const CK_SSL3_KEY_MAT_OUT& material() const { return material_; }
  [[nodiscard]] bool makes_connection() const { return tls_keys_.pReturnedKeyMaterial != nullptr; }
  // add_key is for SP 800-108, which makes a second key.
  void add_key(ModuleTemplate& wanted, CK_OBJECT_HANDLE& made);

 private:
  std::optional<CK_MECHANISM> sealing();
  // `bare` is the mechanism without a parameter.
  std::optional<CK_MECHANISM> derivation(const crypto::Mechanism& row, CK_MECHANISM bare);
  std::optional<CK_MECHANISM> sp800_108(bool has_feedback);
  std::optional<CK_MECHANISM> tls();
  template <typename Structure>
  CK_MECHANISM of(Structure& structure) {
    return {how_.mechanism, &structure, sizeof structure};
  }

  How how_;
  Operation operation_;
  Buffer iv_;
  Buffer password_;
  CK_OBJECT_HANDLE other_;
  CK_ULONG number_ = 0;
  CK_AES_CTR_PARAMS ctr_{};
  CK_GCM_PARAMS gcm_{};
  CK_GCM_WRAP_PARAMS gcm_wrap_{};
  CK_CCM_PARAMS ccm_{};
  CK_CHACHA20_PARAMS chacha20_{};
  CK_SALSA20_CHACHA20_POLY1305_PARAMS poly1305_{};
  CK_RSA_PKCS_PSS_PARAMS pss_{};
  CK_RSA_PKCS_OAEP_PARAMS oaep_{};
  CK_RSA_AES_KEY_WRAP_PARAMS rsa_aes_{};
  CK_ECDH_AES_KEY_WRAP_PARAMS ecdh_aes_{};
  CK_HASH_SIGN_ADDITIONAL_CONTEXT prehashed_{};
  CK_TLS_MAC_PARAMS tls_mac_{};
  CK_KEY_DERIVATION_STRING_DATA data_{};
  CK_AES_CBC_ENCRYPT_DATA_PARAMS cbc_data_{};
  CK_ECDH1_DERIVE_PARAMS ecdh_{};
  CK_HKDF_PARAMS hkdf_{};
  CK_SP800_108_COUNTER_FORMAT counter_{CK_FALSE, 32};
  CK_SP800_108_DKM_LENGTH_FORMAT length_{};
  std::vector<CK_PRF_DATA_PARAM> parts_;
  std::vector<CK_DERIVED_KEY> further_;
  CK_SP800_108_KDF_PARAMS sp800_108_{};
  CK_SP800_108_FEEDBACK_KDF_PARAMS feedback_{};
  CK_VERSION version_{};
  CK_TLS12_MASTER_KEY_DERIVE_PARAMS master_{};
  CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS extended_{};
  CK_BYTE ivs_[2][64] = {};
  CK_SSL3_KEY_MAT_OUT material_{0, 0, 0, 0, ivs_[0], ivs_[1]};
  CK_TLS12_KEY_MAT_PARAMS tls_keys_{};
  CK_TLS_KDF_PARAMS tls_kdf_{};
  CK_PKCS5_PBKD2_PARAMS2 pbkdf2_{};
};

}  // namespace coffer::extraction
