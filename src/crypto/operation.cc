// Operations in one call: admission (mechanism, use, key type, self-test), then the family's code.
#include "crypto/operation.h"

#include <array>

#include "crypto/admission.h"
#include "crypto/cipher.h"
#include "crypto/derive.h"
#include "crypto/digest.h"
#include "crypto/ecdsa.h"
#include "crypto/edwards.h"
#include "crypto/key_octets.h"
#include "crypto/mac.h"
#include "crypto/multi_buffer.h"
#include "crypto/pbkdf2.h"
#include "crypto/post_quantum.h"
#include "crypto/rsa.h"
#include "crypto/rsa_padding.h"
#include "crypto/self_test.h"
#include "crypto/sp800_108.h"
#include "crypto/tls_prf.h"

namespace coffer::crypto {
namespace {

constexpr std::uint32_t kCkmEcdh = 0x1050;

bool fits(const Mechanism& mechanism, KeyType key) {
  if (mechanism.number == kCkmEcdh || mechanism.family == Family::ecdh_aes_wrap) {
    return key == KeyType::ec || key == KeyType::montgomery;
  }
  // Some derivations take secret keys of every type.
  if (mechanism.key == KeyType::none && (mechanism.uses & use::kDerive) != 0) return is_secret(key);
  return mechanism.key == key;
}

// Prepared is what goes into the signature: the digest of the data, or the data itself.
class Prepared final {
 public:
  Status prepare(const Mechanism& mechanism, Bytes data) {
    if (mechanism.hash == Hash::none) {
      view_ = data;
      return {};
    }
    TRY(digest_into(mechanism.hash, data, digest_));
    view_ = std::span(digest_).first(digest_bytes(mechanism.hash));
    return {};
  }
  [[nodiscard]] Bytes view() const { return view_; }

 private:
  std::array<std::uint8_t, kDigestBytesMax> digest_;
  Bytes view_;
};

}  // namespace

std::size_t signature_bytes_max(const PrivateKey& key) {
  const ParameterSetFacts* facts = facts_of(key.parameter_set());
  return facts == nullptr ? kSignatureBytesMax : facts->output_bytes;
}

Result<const Mechanism*> admit(const Parameters& parameters, std::uint32_t wanted_use, KeyType key) {
  const Mechanism* mechanism = find_mechanism(parameters.mechanism);
  if (mechanism == nullptr || (mechanism->uses & wanted_use) == 0) {
    return Error{Code::mechanism_invalid, "no mechanism of this number does that"};
  }
  if ((mechanism->legacy & wanted_use) != 0 && !parameters.legacy) {
    return Error{Code::mechanism_invalid, "the mechanism is outdated: 'coffer token legacy' permits it"};
  }
  if (!fits(*mechanism, key)) return Error{Code::key_type, "the key's type does not fit the mechanism"};
  TRY(self_test(*mechanism));
  return mechanism;
}

bool is_legacy(const Parameters& parameters, std::uint32_t wanted_use) {
  const Mechanism* mechanism = find_mechanism(parameters.mechanism);
  if (mechanism == nullptr) return false;
  const bool signs_sha1 = mechanism->family == Family::rsa_pss && parameters.hash == Hash::sha1;
  return (mechanism->legacy & wanted_use) != 0 || (signs_sha1 && wanted_use == use::kSign);
}

Status check_bare_digest(const Mechanism& mechanism, Bytes prepared) {
  if (mechanism.family != Family::ecdsa) return {};
  if (prepared.empty() || prepared.size() > kEcdsaDigestBytesMax) {
    return Error{Code::data_length, "ECDSA without a hash signs a digest of 1 to 66 octets"};
  }
  return {};
}

Status check_sign_parameters(const Mechanism& mechanism, const Parameters& parameters) {
  if (mechanism.family == Family::eddsa) return check_edwards_parameters(parameters);
  if (is_post_quantum(mechanism.key)) return check_post_quantum_parameters(mechanism, parameters);
  if (mechanism.family != Family::rsa_pss) return {};
  const PssHashes hashes = TRY(pss_hashes(mechanism, parameters));
  if (hashes.message == Hash::sha1 && !parameters.legacy) {
    return Error{Code::mechanism_parameter, "SHA-1 is for verifying only"};
  }
  return {};
}

Result<std::size_t> sign_prepared(const PrivateKey& key, const Mechanism& mechanism,
                                  const Parameters& parameters, Bytes prepared, MutableBytes signature) {
  TRY(check_bare_digest(mechanism, prepared));
  switch (mechanism.family) {
    case Family::ecdsa: return sign_ecdsa(key.handle(), prepared, signature);
    case Family::eddsa:
      if (is_plain_ed25519(key.curve(), parameters) && sign_lone(key.handle(), prepared, signature)) {
        return kEd25519SignatureBytes;
      }
      return sign_edwards(key.handle(), parameters, prepared, signature);
    case Family::ml_dsa_sign:
    case Family::ml_dsa_prehashed:
    case Family::slh_dsa_sign:
    case Family::slh_dsa_prehashed:
      return sign_post_quantum(key.handle(), mechanism, parameters, prepared, signature);
    case Family::rsa_pkcs1:
    case Family::rsa_raw:
    case Family::rsa_pss: return sign_rsa(key.handle(), mechanism, parameters, prepared, signature);
    default: return Error{Code::mechanism_invalid, "the mechanism does not sign with a private key"};
  }
}

Status verify_prepared(const PublicKey& key, const Mechanism& mechanism, const Parameters& parameters,
                       Bytes prepared, Bytes signature) {
  TRY(check_bare_digest(mechanism, prepared));
  switch (mechanism.family) {
    case Family::ecdsa: return verify_ecdsa(key.handle(), prepared, signature);
    case Family::eddsa: return verify_edwards(key.handle(), parameters, prepared, signature);
    case Family::ml_dsa_sign:
    case Family::ml_dsa_prehashed:
    case Family::slh_dsa_sign:
    case Family::slh_dsa_prehashed:
      return verify_post_quantum(key.handle(), mechanism, parameters, prepared, signature);
    case Family::rsa_pkcs1:
    case Family::rsa_raw:
    case Family::rsa_pss: return verify_rsa(key.handle(), mechanism, parameters, prepared, signature);
    default: return Error{Code::mechanism_invalid, "the mechanism does not verify with a public key"};
  }
}

Result<std::size_t> sign(const PrivateKey& key, const Parameters& parameters, Bytes data,
                         MutableBytes signature) {
  const Mechanism* mechanism = TRY(admit(parameters, use::kSign, key.type()));
  TRY(check_sign_parameters(*mechanism, parameters));
  Prepared prepared;
  TRY(prepared.prepare(*mechanism, data));
  return sign_prepared(key, *mechanism, parameters, prepared.view(), signature);
}

Status verify(const PublicKey& key, const Parameters& parameters, Bytes data, Bytes signature) {
  const Mechanism* mechanism = TRY(admit(parameters, use::kVerify, key.type()));
  Prepared prepared;
  TRY(prepared.prepare(*mechanism, data));
  return verify_prepared(key, *mechanism, parameters, prepared.view(), signature);
}

Result<std::size_t> recover(const PublicKey& key, const Parameters& parameters, Bytes signature,
                            MutableBytes output) {
  const Mechanism* mechanism = TRY(admit(parameters, use::kVerifyRecover, key.type()));
  return recover_rsa(key.handle(), *mechanism, signature, output);
}

Result<std::size_t> mac(const SecretKey& key, const Parameters& parameters, Bytes data, MutableBytes tag) {
  const Mechanism* mechanism = TRY(admit(parameters, use::kSign, key.type()));
  return mac_into(key, *mechanism, parameters, data, tag);
}

Status verify_mac(const SecretKey& key, const Parameters& parameters, Bytes data, Bytes tag) {
  const Mechanism* mechanism = TRY(admit(parameters, use::kVerify, key.type()));
  std::array<std::uint8_t, kDigestBytesMax> computed{};
  const std::size_t bytes = TRY(mac_into(key, *mechanism, parameters, data, computed));
  return check_tag(std::span(computed).first(bytes), tag);
}

Result<std::size_t> encrypt(const SecretKey& key, const Parameters& parameters, Bytes data,
                            MutableBytes output) {
  const Mechanism* mechanism = TRY(admit(parameters, use::kEncrypt, key.type()));
  return encrypt_secret(key, *mechanism, parameters, data, output);
}

Result<std::size_t> decrypt(const SecretKey& key, const Parameters& parameters, Bytes data,
                            MutableBytes output) {
  const Mechanism* mechanism = TRY(admit(parameters, use::kDecrypt, key.type()));
  return decrypt_secret(key, *mechanism, parameters, data, output);
}

Result<std::size_t> encrypt(const PublicKey& key, const Parameters& parameters, Bytes data,
                            MutableBytes output) {
  const Mechanism* mechanism = TRY(admit(parameters, use::kEncrypt, key.type()));
  return encrypt_rsa(key.handle(), *mechanism, parameters, data, output);
}

Result<std::size_t> decrypt(const PrivateKey& key, const Parameters& parameters, Bytes data,
                            MutableBytes output) {
  const Mechanism* mechanism = TRY(admit(parameters, use::kDecrypt, key.type()));
  return decrypt_rsa(key.handle(), *mechanism, parameters, data, output);
}

Result<Encapsulation> encapsulate(const PublicKey& key, const Parameters& parameters) {
  static_cast<void>(TRY(admit(parameters, use::kEncapsulate, key.type())));
  return encapsulate_with(key.handle(), {});
}

Result<SecretBytes> decapsulate(const PrivateKey& key, const Parameters& parameters, Bytes ciphertext) {
  static_cast<void>(TRY(admit(parameters, use::kDecapsulate, key.type())));
  return decapsulate(key.handle(), ciphertext);
}

Result<SecretBytes> derive(const PrivateKey& key, const Parameters& parameters) {
  static_cast<void>(TRY(admit(parameters, use::kDerive, key.type())));
  return derive_ecdh(key.handle(), parameters);
}

Result<SecretBytes> derive(const SecretKey& key, const Parameters& parameters) {
  const Mechanism* mechanism = TRY(admit(parameters, use::kDerive, key.type()));
  switch (mechanism->family) {
    case Family::hkdf:
    case Family::hkdf_data: return derive_hkdf(key.value().reveal(), parameters);
    case Family::sp800_108_counter:
    case Family::sp800_108_feedback:
    case Family::sp800_108_pipeline: return derive_sp800_108(key, *mechanism, parameters);
    case Family::tls_master:
    case Family::tls_extended_master:
    case Family::tls_keys:
    case Family::tls_kdf: return derive_tls(key, *mechanism, parameters);
    default: return derive_octets(key, *mechanism, parameters);
  }
}

Result<SecretBytes> derive_password(const SecretBytes& password, const Parameters& parameters) {
  static_cast<void>(TRY(admit(parameters, use::kGenerate, KeyType::generic)));
  return derive_pbkdf2(password.reveal(), parameters);
}

Result<std::size_t> digest(const Parameters& parameters, Bytes data, MutableBytes output) {
  const Mechanism* mechanism = TRY(admit(parameters, use::kDigest, KeyType::none));
  TRY(digest_into(mechanism->hash, data, output));
  return digest_bytes(mechanism->hash);
}

}  // namespace coffer::crypto
