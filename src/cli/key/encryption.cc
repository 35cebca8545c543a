// Encryption: the parameters.
#include "cli/key/encryption.h"

#include "cli/key/pkcs11_numbers.h"
#include "crypto/mechanism.h"

namespace coffer::cli {

wire::Parameters gcm_parameters(Bytes iv) {
  wire::Parameters parameters;
  parameters.mechanism = ckm::kAesGcm;
  parameters.iv = iv;
  parameters.tag_bits = 8 * kTagBytes;
  return parameters;
}

wire::Parameters oaep_parameters() {
  wire::Parameters parameters;
  parameters.mechanism = ckm::kRsaOaep;
  parameters.hash = static_cast<std::uint8_t>(crypto::Hash::sha256);
  parameters.mask_hash = parameters.hash;
  return parameters;
}

Status check_encrypts(Invocation& invocation, const KeyObject& key) {
  if (key.summary.key_type == ckk::kAes || key.summary.key_type == ckk::kRsa) return {};
  return invocation.fail(Code::key_type, "a key of type " + type_word(key) + " encrypts nothing",
                         "choose an aes or rsa key");
}

}  // namespace coffer::cli
