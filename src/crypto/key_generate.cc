// Key generation with the pairwise consistency check (FIPS 186-5, A.1, A.2; SP 800-56A, 5.6.2.1.4).
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/check.h"
#include "crypto/derive.h"
#include "crypto/ecdsa.h"
#include "crypto/edwards.h"
#include "crypto/key_handle.h"
#include "crypto/post_quantum.h"
#include "crypto/rsa.h"
#include "crypto/self_test.h"

namespace coffer::crypto {
namespace {

// Small exponents have a history of breaking careless padding; smaller ones are imported, but not made.
constexpr std::uint64_t kPublicExponentMin = 65537;
constexpr std::uint32_t kRsaBitsStep = 2;  // two primes of one length (FIPS 186-5, A.1)

constexpr std::array<std::uint8_t, 32> kProbe = {'p', 'a', 'i', 'r', 'w', 'i', 's', 'e'};

Error pair_differs() { return Error{Code::self_test_failed, "the pairwise check of a key failed"}; }

Status set_up(EVP_PKEY_CTX* context, const KeySpec& spec) {
  if (EVP_PKEY_keygen_init(context) != 1) return library_failed();
  if (spec.type == KeyType::rsa) {
    std::array<std::uint8_t, 8> octets{};
    for (std::size_t i = 0; i < octets.size(); ++i) {
      octets[i] = static_cast<std::uint8_t>(spec.public_exponent >> (56 - 8 * i));
    }
    const OwnedNumber exponent = number_from(octets);
    if (EVP_PKEY_CTX_set_rsa_keygen_bits(context, static_cast<int>(spec.bits)) != 1 ||
        EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, exponent.get()) != 1) {
      return library_failed();
    }
    return {};
  }
  const CurveFacts* facts = facts_of(spec.curve);
  if (facts == nullptr || facts->group_name == nullptr) return {};
  if (EVP_PKEY_CTX_set_group_name(context, facts->group_name) != 1) return library_failed();
  return {};
}

constexpr std::uint32_t kMlKemGenerate = 0x0F;
constexpr std::uint32_t kMlDsaGenerate = 0x1C;
constexpr std::uint32_t kSlhDsaGenerate = 0x2D;
constexpr std::string_view kPureMlDsa = "ml-dsa";
constexpr std::string_view kPureSlhDsa = "slh-dsa";

// The mechanism whose self-test covers making keys of this type.
std::uint32_t generator_of(KeyType type) {
  switch (type) {
    case KeyType::rsa: return 0x0000;
    case KeyType::ec: return 0x1040;
    case KeyType::edwards: return 0x1055;
    case KeyType::ml_dsa: return kMlDsaGenerate;
    case KeyType::ml_kem: return kMlKemGenerate;
    case KeyType::slh_dsa: return kSlhDsaGenerate;
    default: return 0x1056;
  }
}

Result<const char*> key_name_of(const KeySpec& spec) {
  if (spec.type == KeyType::rsa) {
    if (spec.bits < kRsaBitsMin || spec.bits > kRsaBitsMax || spec.bits % kRsaBitsStep != 0) {
      return Error{Code::key_size, "an RSA modulus has 2048 to 4096 bits, an even number"};
    }
    if (spec.public_exponent < kPublicExponentMin || spec.public_exponent % 2 == 0) {
      return Error{Code::template_inconsistent, "the public exponent is odd and at least 65537"};
    }
    return "RSA";
  }
  if (is_post_quantum(spec.type)) {
    const ParameterSetFacts* set = facts_of(spec.set);
    if (set == nullptr || set->type != spec.type)
      return Error{Code::attribute_value, "the parameter set does not fit the key type"};
    return set->name;
  }
  const CurveFacts* facts = facts_of(spec.curve);
  if (facts == nullptr) return Error{Code::curve_unsupported, "the curve is not one of ours"};
  if (facts->type != spec.type) return Error{Code::key_type, "the curve does not fit the key type"};
  return facts->key_name;
}

Status check_agreement(const PrivateKey& key) {
  const CurveFacts* facts = facts_of(key.curve());
  OwnedKey made(EVP_PKEY_Q_keygen(nullptr, nullptr, facts->key_name));
  if (made == nullptr) return library_failed();
  const PrivateKey other = TRY(adopt_private(std::move(made)));
  const SecretBytes one = TRY(agree(key.handle(), other.public_key().point()));
  const SecretBytes two = TRY(agree(other.handle(), key.public_key().point()));
  if (!equal_secret(one.reveal(), two.reveal())) return pair_differs();
  return {};
}

Status check_encapsulation(const PrivateKey& key) {
  const Encapsulation made = TRY(encapsulate_with(key.public_key().handle(), {}));
  const SecretBytes secret = TRY(decapsulate(key.handle(), made.ciphertext));
  if (!equal_secret(secret.reveal(), made.secret.reveal())) return pair_differs();
  return {};
}

Status check_post_quantum_signature(const PrivateKey& key) {
  const Mechanism* mechanism = find_mechanism(key.type() == KeyType::ml_dsa ? kPureMlDsa : kPureSlhDsa);
  CHECK(mechanism != nullptr);
  Buffer signature(signature_bytes_max(key));
  const std::size_t length = TRY(sign_post_quantum(key.handle(), *mechanism, {}, kProbe, signature));
  // A signature of SLH-DSA was verified already.
  if (key.type() == KeyType::slh_dsa) return {};
  const Bytes made = Bytes(signature).first(length);
  return verify_post_quantum(key.public_key().handle(), *mechanism, {}, kProbe, made).ok()
             ? Status{}
             : Status(pair_differs());
}

}  // namespace

Status pairwise_check(const PrivateKey& key) {
  std::array<std::uint8_t, kSignatureBytesMax> signature{};
  const PublicKey public_key = key.public_key();
  switch (key.type()) {
    case KeyType::rsa: {
      // The bare operation compares its result through the public half before it hands it out.
      std::array<std::uint8_t, kSignatureBytesMax> input{};
      const std::size_t bytes = (key.bits() + 7) / 8;
      input[bytes - 1] = 2;
      if (!rsa_private(key.handle(), std::span(input).first(bytes), std::span(signature).first(bytes)).ok()) {
        return pair_differs();
      }
      return {};
    }
    case KeyType::ec: {
      const std::size_t length = TRY(sign_ecdsa(key.handle(), kProbe, signature));
      if (!verify_ecdsa(public_key.handle(), kProbe, std::span(signature).first(length)).ok())
        return pair_differs();
      return {};
    }
    case KeyType::edwards: {
      const Parameters plain{};
      const std::size_t length = TRY(sign_edwards(key.handle(), plain, kProbe, signature));
      if (!verify_edwards(public_key.handle(), plain, kProbe, std::span(signature).first(length)).ok()) {
        return pair_differs();
      }
      return {};
    }
    case KeyType::montgomery: return check_agreement(key);
    case KeyType::ml_dsa:
    case KeyType::slh_dsa: return check_post_quantum_signature(key);
    case KeyType::ml_kem: return check_encapsulation(key);
    default: return Error{Code::key_type, "the key is not a private key"};
  }
}

Result<PrivateKey> PrivateKey::generate(const KeySpec& spec) {
  const char* name = TRY(key_name_of(spec));
  const Mechanism* mechanism = find_mechanism(generator_of(spec.type));
  CHECK(mechanism != nullptr);
  TRY(self_test(*mechanism));
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, name, nullptr));
  if (context == nullptr) return library_failed();
  TRY(set_up(context.get(), spec));
  EVP_PKEY* made = nullptr;
  if (EVP_PKEY_generate(context.get(), &made) != 1) return library_failed();
  PrivateKey key = TRY(adopt_private(OwnedKey(made)));
  TRY(pairwise_check(key));
  return key;
}

}  // namespace coffer::crypto
