// Known-answer tests, one function a kind of component.
#include "crypto/component_tests.h"

#include <algorithm>
#include <atomic>

#include <openssl/core_names.h>

#include "base/check.h"
#include "crypto/argon2.h"
#include "crypto/cipher.h"
#include "crypto/derive.h"
#include "crypto/digest.h"
#include "crypto/ecdsa.h"
#include "crypto/edwards.h"
#include "crypto/known_answers.h"
#include "crypto/mac.h"
#include "crypto/pbkdf2.h"
#include "crypto/post_quantum.h"
#include "crypto/random_check.h"
#include "crypto/rsa.h"
#include "crypto/sp800_108.h"
#include "crypto/tls_prf.h"

namespace coffer::crypto {
namespace {

constexpr int kNoFault = -1;
constinit std::atomic<int> fault = kNoFault;

std::uint8_t digit(char character) {
  return static_cast<std::uint8_t>(character <= '9' ? character - '0' : character - 'a' + 10);
}

Buffer octets(std::string_view hex) {
  Buffer result(hex.size() / 2);
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = static_cast<std::uint8_t>(digit(hex[2 * i]) << 4U | digit(hex[2 * i + 1]));
  }
  return result;
}

// same compares a computed value with the known one; an injected fault flips one bit of the computed.
bool same(Component component, Bytes computed, std::string_view known) {
  Buffer value = to_buffer(computed);
  if (fault.load() == static_cast<int>(component) && !value.empty()) value[0] ^= 1U;
  const Buffer answer = octets(known);
  return value.size() == answer.size() && equal_secret(value, answer);
}

const Mechanism& row(std::string_view name) {
  const Mechanism* mechanism = find_mechanism(name);
  CHECK(mechanism != nullptr);
  return *mechanism;
}

bool test_digest(Component component, Hash hash) {
  std::array<std::uint8_t, kDigestBytesMax> result{};
  return digest_into(hash, as_bytes("abc"), result).ok() &&
         same(component, std::span(result).first(digest_bytes(hash)),
              kDigestAnswers[static_cast<std::size_t>(hash)]);
}

bool test_hmac(Component component) {
  const unsigned index = static_cast<unsigned>(component) - static_cast<unsigned>(Component::hmac_sha1);
  const auto hash = static_cast<Hash>(index + static_cast<unsigned>(Hash::sha1));
  const auto key = SecretKey::create(KeyType::generic, as_bytes("Jefe"));
  std::array<std::uint8_t, kDigestBytesMax> tag{};
  if (!key.ok()) return false;
  // Twice, because the second run takes the prepared state.
  for (int i = 0; i < 2; ++i) {
    const auto bytes = mac_into(key.value(), hash, as_bytes("what do ya want for nothing?"), tag);
    if (!bytes.ok()) return false;
    const Bytes computed = std::span(tag).first(bytes.value());
    if (!same(component, computed, kHmacAnswers[static_cast<std::size_t>(hash)])) return false;
  }
  return true;
}

bool is_mac(Family family) {
  return family == Family::aes_cmac || family == Family::aes_gmac || family == Family::des3_cmac;
}

bool test_cipher(Component component, const Mechanism& mechanism, const CipherAnswer& answer) {
  const auto key = SecretKey::create(mechanism.key, octets(answer.key));
  if (!key.ok()) return false;
  const Buffer iv = octets(answer.iv);
  const Buffer associated = octets(answer.associated);
  Parameters parameters;
  parameters.iv = iv;
  parameters.associated = associated;
  parameters.tag_bits = answer.family == Family::aes_ccm ? 32 : 128;
  parameters.counter_bits = answer.family == Family::chacha20 ? 32 : 128;
  const Buffer plaintext = octets(answer.plaintext);
  Buffer output(plaintext.size() + kOverheadBytesMax);
  for (int i = 0; i < 2; ++i) {
    if (is_mac(answer.family)) {
      const auto bytes = mac_into(key.value(), mechanism, parameters, plaintext, output);
      if (!bytes.ok() || !same(component, std::span(output).first(bytes.value()), answer.ciphertext))
        return false;
      continue;
    }
    const auto sealed = encrypt_secret(key.value(), mechanism, parameters, plaintext, output);
    if (!sealed.ok() || !same(component, std::span(output).first(sealed.value()), answer.ciphertext))
      return false;
    const auto opened = decrypt_secret(key.value(), mechanism, parameters, octets(answer.ciphertext), output);
    if (!opened.ok() || !same(component, std::span(output).first(opened.value()), answer.plaintext))
      return false;
  }
  return true;
}

bool test_ciphers(Component component, std::string_view name) {
  const Mechanism& mechanism = row(name);
  return std::ranges::all_of(kCipherAnswers, [&](const CipherAnswer& answer) {
    return answer.family != mechanism.family || test_cipher(component, mechanism, answer);
  });
}

bool test_rsa_signature(Component component, std::string_view name, std::string_view known) {
  const auto key = PrivateKey::from_pkcs8(octets(kRsaKey));
  std::array<std::uint8_t, 32> digest{};
  std::array<std::uint8_t, 256> signature{};
  if (!key.ok() || !digest_into(Hash::sha256, as_bytes("abc"), digest).ok()) return false;
  Parameters parameters;
  parameters.salt_bytes = 32;
  const Mechanism& mechanism = row(name);
  const PublicKey public_key = key.value().public_key();
  if (!sign_rsa(key.value().handle(), mechanism, parameters, digest, signature).ok()) return false;
  if (!verify_rsa(public_key.handle(), mechanism, parameters, digest, signature).ok()) return false;
  // PSS is randomized: there the known answer is one to verify.
  if (mechanism.family == Family::rsa_pkcs1 && !same(component, signature, known)) return false;
  Buffer answer = octets(known);
  if (!verify_rsa(public_key.handle(), mechanism, parameters, digest, answer).ok()) return false;
  answer[answer.size() - 1] ^= 1U;
  if (verify_rsa(public_key.handle(), mechanism, parameters, digest, answer).ok()) return false;
  return same(component, digest, kDigestAnswers[static_cast<std::size_t>(Hash::sha256)]);
}

bool test_rsa_decryption(Component component) {
  const auto key = PrivateKey::from_pkcs8(octets(kRsaKey));
  if (!key.ok()) return false;
  Parameters parameters;
  std::array<std::uint8_t, 256> output{};
  const auto pkcs1 =
      decrypt_rsa(key.value().handle(), row("rsa-pkcs"), parameters, octets(kRsaPkcs1Ciphertext), output);
  if (!pkcs1.ok() || !same(component, std::span(output).first(pkcs1.value()), "616263")) return false;
  parameters.hash = Hash::sha256;
  const auto oaep =
      decrypt_rsa(key.value().handle(), row("rsa-oaep"), parameters, octets(kRsaOaepCiphertext), output);
  return oaep.ok() && same(component, std::span(output).first(oaep.value()), "616263");
}

// deterministic_signature signs with the nonce of RFC 6979, 3.2, so that the answer is known.
Result<Buffer> deterministic_signature(const PrivateKey& key, const EcdsaAnswer& answer, Bytes digest) {
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.handle().key.get(), nullptr));
  unsigned int nonce_type = 1;
  const std::array<OSSL_PARAM, 2> values = {
      OSSL_PARAM_construct_uint(OSSL_SIGNATURE_PARAM_NONCE_TYPE, &nonce_type), OSSL_PARAM_construct_end()};
  std::array<std::uint8_t, 160> der{};
  std::size_t length = der.size();
  if (context == nullptr || EVP_PKEY_sign_init_ex(context.get(), values.data()) != 1 ||
      EVP_PKEY_CTX_set_signature_md(context.get(), library().digest(answer.hash)) != 1 ||
      EVP_PKEY_sign(context.get(), der.data(), &length, digest.data(), digest.size()) != 1) {
    return library_failed();
  }
  Buffer raw(answer.signature.size() / 2);
  if (!raw_from_der(std::span(der).first(length), raw)) return library_failed();
  return raw;
}

bool test_ecdsa(Component component, const EcdsaAnswer& answer) {
  const auto key = PrivateKey::from_scalar(answer.curve, octets(answer.scalar));
  std::array<std::uint8_t, kDigestBytesMax> result{};
  if (!key.ok() || !digest_into(answer.hash, as_bytes("sample"), result).ok()) return false;
  const Bytes digest = std::span(result).first(digest_bytes(answer.hash));
  const auto known = deterministic_signature(key.value(), answer, digest);
  if (!known.ok() || !same(component, known.value(), answer.signature)) return false;
  const PublicKey public_key = key.value().public_key();
  Buffer signature(answer.signature.size() / 2);
  if (!sign_ecdsa(key.value().handle(), digest, signature).ok()) return false;
  if (!verify_ecdsa(public_key.handle(), digest, signature).ok()) return false;
  signature[signature.size() - 1] ^= 1U;
  return !verify_ecdsa(public_key.handle(), digest, signature).ok();
}

bool test_edwards(Component component, const EdwardsAnswer& answer) {
  const auto key = PrivateKey::from_scalar(answer.curve, octets(answer.seed));
  const Buffer message = octets(answer.message);
  const Buffer context = octets(answer.context);
  Parameters parameters;
  parameters.associated = context;
  parameters.variant = answer.variant;
  Buffer signature(answer.signature.size() / 2);
  if (!key.ok() || !sign_edwards(key.value().handle(), parameters, message, signature).ok()) return false;
  if (!same(component, signature, answer.signature)) return false;
  const PublicKey public_key = key.value().public_key();
  if (!same(component, public_key.point(), answer.point)) return false;
  if (!verify_edwards(public_key.handle(), parameters, message, signature).ok()) return false;
  signature[0] ^= 1U;
  return !verify_edwards(public_key.handle(), parameters, message, signature).ok();
}

bool test_edwards(Component component, Curve curve) {
  return std::ranges::all_of(kEdwardsAnswers, [&](const EdwardsAnswer& answer) {
    return answer.curve != curve || test_edwards(component, answer);
  });
}

Component agreement_of(Curve curve) {
  if (curve == Curve::x25519) return Component::x25519;
  return curve == Curve::x448 ? Component::x448 : Component::ecdh;
}

bool test_agreement(Component component) {
  return std::ranges::all_of(kAgreementAnswers, [&](const AgreementAnswer& answer) {
    if (agreement_of(answer.curve) != component) return true;
    const auto key = PrivateKey::from_scalar(answer.curve, octets(answer.scalar));
    if (!key.ok()) return false;
    const auto secret = agree(key.value().handle(), octets(answer.peer));
    return secret.ok() && same(component, secret.value().reveal(), answer.secret);
  });
}

bool same_digest(Component component, Bytes computed, std::string_view known) {
  std::array<std::uint8_t, 32> digest{};
  return digest_into(Hash::sha256, computed, digest).ok() && same(component, digest, known);
}

bool test_post_quantum(Component component, const PostQuantumAnswer& answer) {
  const Buffer octets_of_key = octets(answer.key);
  const auto key = component == Component::ml_dsa ? PrivateKey::from_seed(answer.set, octets_of_key)
                                                  : PrivateKey::from_expanded(answer.set, octets_of_key);
  if (!key.ok()) return false;
  const PublicKey public_key = key.value().public_key();
  if (!same_digest(component, public_key.octets(), answer.public_sha256)) return false;
  const Mechanism& mechanism = row(answer.mechanism);
  const Buffer context = octets(answer.context);
  Parameters parameters;
  parameters.associated = context;
  parameters.variant = variant::kDeterministic;
  std::array<std::uint8_t, kDigestBytesMax> digest{};
  Bytes message = as_bytes("sample");
  if (mechanism.hash != Hash::none) {
    if (!digest_into(mechanism.hash, message, digest).ok()) return false;
    message = std::span(digest).first(digest_bytes(mechanism.hash));
  }
  Buffer signature(signature_bytes_max(key.value()));
  if (!sign_post_quantum(key.value().handle(), mechanism, parameters, message, signature).ok()) return false;
  if (!same_digest(component, signature, answer.signature_sha256)) return false;
  if (!verify_post_quantum(public_key.handle(), mechanism, parameters, message, signature).ok()) return false;
  signature[0] ^= 1U;
  return !verify_post_quantum(public_key.handle(), mechanism, parameters, message, signature).ok();
}

bool test_post_quantum(Component component) {
  const KeyType type = component == Component::ml_dsa ? KeyType::ml_dsa : KeyType::slh_dsa;
  return std::ranges::all_of(kPostQuantumAnswers, [&](const PostQuantumAnswer& answer) {
    return facts_of(answer.set)->type != type || test_post_quantum(component, answer);
  });
}

bool test_encapsulation(Component component, const EncapsulationAnswer& answer) {
  const auto key = PrivateKey::from_seed(answer.set, octets(answer.seed));
  if (!key.ok()) return false;
  const PublicKey public_key = key.value().public_key();
  if (!same_digest(component, public_key.octets(), answer.public_sha256)) return false;
  auto made = encapsulate_with(public_key.handle(), octets(answer.coins));
  if (!made.ok() || !same(component, made.value().secret.reveal(), answer.secret)) return false;
  Buffer& ciphertext = made.value().ciphertext;
  if (!same_digest(component, ciphertext, answer.ciphertext_sha256)) return false;
  const auto secret = decapsulate(key.value().handle(), ciphertext);
  if (!secret.ok() || !same(component, secret.value().reveal(), answer.secret)) return false;
  ciphertext[0] ^= 1U;
  const auto rejected = decapsulate(key.value().handle(), ciphertext);
  return rejected.ok() && same(component, rejected.value().reveal(), answer.rejected);
}

bool test_x963(Component component) {
  const AgreementAnswer& answer = kAgreementAnswers[0];
  const auto key = PrivateKey::from_scalar(answer.curve, octets(answer.scalar));
  const Buffer peer = octets(answer.peer);
  Parameters parameters;
  parameters.peer = peer;
  parameters.hash = Hash::sha256;
  parameters.output_bytes = static_cast<std::uint32_t>(kX963Answer.size() / 2);
  if (!key.ok()) return false;
  const auto output = derive_ecdh(key.value().handle(), parameters);
  if (!output.ok() || !same(component, output.value().reveal(), kX963Answer)) return false;
  parameters.variant = variant::kSp800;
  const auto one_step = derive_ecdh(key.value().handle(), parameters);
  return one_step.ok() && same(component, one_step.value().reveal(), kOneStepAnswer);
}

bool test_hkdf(Component component) {
  const Buffer salt = octets(kHkdfSalt);
  const Buffer info = octets(kHkdfInfo);
  Parameters parameters;
  parameters.hash = Hash::sha256;
  parameters.salt = salt;
  parameters.info = info;
  parameters.extract = true;
  const auto extracted = derive_hkdf(octets(kHkdfKey), parameters);
  if (!extracted.ok() || !same(component, extracted.value().reveal(), kHkdfExtracted)) return false;
  parameters.expand = true;
  parameters.output_bytes = static_cast<std::uint32_t>(kHkdfOutput.size() / 2);
  const auto output = derive_hkdf(octets(kHkdfKey), parameters);
  return output.ok() && same(component, output.value().reveal(), kHkdfOutput);
}

bool test_sp800_108(Component component) {
  return std::ranges::all_of(kSp800108Answers, [&](const Sp800108Answer& answer) {
    const auto key = SecretKey::create(KeyType::generic, octets(kSp800108Key));
    const Buffer iv = octets(kSp800108Iv);
    const Buffer fixed = octets(kSp800108Fixed);
    const std::uint32_t bits = answer.family == Family::sp800_108_counter ? 32 : 0;
    const std::array<DataPart, 3> parts = {
        DataPart{.kind = DataPart::Kind::iteration, .bits = bits},
        DataPart{.kind = DataPart::Kind::octets, .octets = fixed},
        DataPart{.kind = DataPart::Kind::keys_length, .bits = 32},
    };
    Parameters parameters;
    parameters.hash = Hash::sha256;
    if (answer.family == Family::sp800_108_feedback) parameters.iv = iv;
    parameters.parts = parts;
    parameters.output_bytes = static_cast<std::uint32_t>(answer.output.size() / 2);
    const auto output = derive_sp800_108(key.value(), row(answer.name), parameters);
    return output.ok() && same(component, output.value().reveal(), answer.output);
  });
}

bool test_pbkdf2(Component component) {
  Parameters parameters;
  parameters.hash = Hash::sha256;
  parameters.salt = as_bytes("salt");
  parameters.number = 1;
  parameters.output_bytes = static_cast<std::uint32_t>(kPbkdf2Answer.size() / 2);
  const auto output = derive_pbkdf2(as_bytes("passwd"), parameters);
  return output.ok() && same(component, output.value().reveal(), kPbkdf2Answer);
}

bool test_tls_prf(Component component) {
  const auto key = SecretKey::create(KeyType::generic, octets(kTlsSecret));
  const Buffer seed = octets(kTlsSeed);
  Parameters parameters;
  parameters.hash = Hash::sha256;
  parameters.info = as_bytes("test label");
  parameters.salt = seed;
  parameters.output_bytes = static_cast<std::uint32_t>(kTlsAnswer.size() / 2);
  const auto output = derive_tls(key.value(), row("tls12-kdf"), parameters);
  return output.ok() && same(component, output.value().reveal(), kTlsAnswer);
}

bool test_argon2id(Component component) {
  std::array<std::uint8_t, 32> output{};
  return argon2id_raw(as_bytes("password"), as_bytes("somesalt"), {256, 2}, output).ok() &&
         same(component, output, kArgon2Answer);
}

// The generator has no known answer; the check on its output has.
bool test_random(Component component) {
  RandomCheck check;
  std::array<std::uint8_t, 48> blocks{};
  blocks[0] = 1;
  blocks[16] = 2;
  blocks[32] = fault.load() == static_cast<int>(component) ? 3 : 2;
  if (check.accept(blocks)) return false;
  std::array<std::uint8_t, 64> output{};
  return random_bytes(output).ok() && !random_is_broken();
}

}  // namespace

void inject_fault(std::optional<Component> component) {
  fault.store(component.has_value() ? static_cast<int>(*component) : kNoFault);
}

bool test_component(Component component) {
  if (component <= Component::md5)
    return test_digest(component, static_cast<Hash>(static_cast<unsigned>(component) + 1));
  if (component <= Component::hmac_md5) return test_hmac(component);
  switch (component) {
    case Component::shake128: return test_digest(component, Hash::shake128);
    case Component::shake256: return test_digest(component, Hash::shake256);
    case Component::aes_ecb: return test_ciphers(component, "aes-ecb");
    case Component::aes_cbc: return test_ciphers(component, "aes-cbc");
    case Component::aes_cbc_pad: return test_ciphers(component, "aes-cbc-pad");
    case Component::aes_ctr: return test_ciphers(component, "aes-ctr");
    case Component::aes_gcm: return test_ciphers(component, "aes-gcm");
    case Component::aes_cmac: return test_ciphers(component, "aes-cmac");
    case Component::aes_kw: return test_ciphers(component, "aes-key-wrap");
    case Component::aes_kwp: return test_ciphers(component, "aes-key-wrap-kwp");
    case Component::aes_kw_pkcs7: return test_ciphers(component, "aes-key-wrap-pkcs7");
    case Component::aes_gmac: return test_ciphers(component, "aes-gmac");
    case Component::aes_ccm: return test_ciphers(component, "aes-ccm");
    case Component::aes_xts: return test_ciphers(component, "aes-xts");
    case Component::chacha20: return test_ciphers(component, "chacha20");
    case Component::chacha20_poly1305: return test_ciphers(component, "chacha20-poly1305");
    case Component::des3:
      return test_ciphers(component, "des3-ecb") && test_ciphers(component, "des3-cbc") &&
             test_ciphers(component, "des3-cbc-pad") && test_ciphers(component, "des3-cmac");
    case Component::rsa_pkcs1: return test_rsa_signature(component, "rsa-pkcs-sha256", kRsaPkcs1Signature);
    case Component::rsa_pss: return test_rsa_signature(component, "rsa-pss-sha256", kRsaPssSignature);
    case Component::rsa_decryption: return test_rsa_decryption(component);
    case Component::ecdsa:
      return std::ranges::all_of(kEcdsaAnswers,
                                 [&](const EcdsaAnswer& answer) { return test_ecdsa(component, answer); });
    case Component::ecdh:
    case Component::x25519:
    case Component::x448: return test_agreement(component);
    case Component::ed25519: return test_edwards(component, Curve::ed25519);
    case Component::ed448: return test_edwards(component, Curve::ed448);
    case Component::ml_dsa:
    case Component::slh_dsa: return test_post_quantum(component);
    case Component::ml_kem:
      return std::ranges::all_of(kEncapsulationAnswers, [&](const EncapsulationAnswer& answer) {
        return test_encapsulation(component, answer);
      });
    case Component::x963: return test_x963(component);
    case Component::hkdf: return test_hkdf(component);
    case Component::sp800_108: return test_sp800_108(component);
    case Component::pbkdf2: return test_pbkdf2(component);
    case Component::tls_prf: return test_tls_prf(component);
    case Component::argon2id: return test_argon2id(component);
    case Component::random: return test_random(component);
    default: return false;
  }
}

}  // namespace coffer::crypto
