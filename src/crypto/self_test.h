// Self-tests: known answers before first use. A wrong answer switches off what depends on it, for good.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "crypto/mechanism.h"

namespace coffer::crypto {

// Component is a piece of code with a known answer of its own. The digests and HMACs follow the order of
// Hash, except SHAKE.
enum class Component : std::uint8_t {
  sha1,
  sha224,
  sha256,
  sha384,
  sha512,
  sha3_224,
  sha3_256,
  sha3_384,
  sha3_512,
  sha512_224,
  sha512_256,
  md5,
  hmac_sha1,
  hmac_sha224,
  hmac_sha256,
  hmac_sha384,
  hmac_sha512,
  hmac_sha3_224,
  hmac_sha3_256,
  hmac_sha3_384,
  hmac_sha3_512,
  hmac_sha512_224,
  hmac_sha512_256,
  hmac_md5,
  aes_ecb,
  aes_cbc,
  aes_cbc_pad,
  aes_ctr,
  aes_gcm,
  aes_cmac,
  aes_kw,
  aes_kwp,
  aes_kw_pkcs7,
  aes_gmac,
  aes_ccm,
  aes_xts,
  chacha20,
  chacha20_poly1305,
  rsa_pkcs1,
  rsa_pss,
  rsa_decryption,
  ecdsa,
  ecdh,
  ed25519,
  x25519,
  x963,
  hkdf,
  sp800_108,
  pbkdf2,
  tls_prf,
  argon2id,
  random,
  ed448,
  x448,
  ml_dsa,
  ml_kem,
  slh_dsa,
  des3,
  shake128,
  shake256,
};
inline constexpr std::size_t kComponentCount = 60;

// self_test runs a component's test the first time and returns the verdict (self_test_failed) every time.
// Thread-safe, and one load when done.
Status self_test(Component component);

// component_name is for the log.
std::string_view component_name(Component component);

// SelfTestFault makes the test of one component see a wrong answer as long as it lives: for unit tests, to
// prove that the gate closes. Verdicts are forgotten when it comes and when it goes. Nothing else may run
// meanwhile.
class SelfTestFault final {
 public:
  explicit SelfTestFault(Component component);
  SelfTestFault(const SelfTestFault&) = delete;
  SelfTestFault& operator=(const SelfTestFault&) = delete;
  ~SelfTestFault();
};

}  // namespace coffer::crypto
