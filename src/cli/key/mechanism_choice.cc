// Mechanism choice.
#include "cli/key/mechanism_choice.h"

#include <algorithm>
#include <array>

#include "cli/key/pkcs11_numbers.h"

namespace coffer::cli {

namespace {

// The usual way to sign with a type of key. For RSA it is the padding that every verifier knows.
struct Usual {
  std::uint32_t key_type;
  std::uint32_t bits;  // 0: any
  std::string_view mechanism;
};
constexpr auto kUsual = std::to_array<Usual>({
    {ckk::kRsa, 0, "rsa-pkcs-sha256"},
    {ckk::kEc, 256, "ecdsa-sha256"},
    {ckk::kEc, 384, "ecdsa-sha384"},
    {ckk::kEc, 512, "ecdsa-sha512"},
    {ckk::kEc, 521, "ecdsa-sha512"},
    {ckk::kEdwards, 0, "ed25519"},
    {ckk::kMlDsa, 0, "ml-dsa"},
    {ckk::kSlhDsa, 0, "slh-dsa"},
    {ckk::kGenericSecret, 0, "hmac-sha256"},
    {ckk::kAes, 0, "aes-cmac"},
});

std::string_view usual_name(const wire::ObjectSummary& key) {
  const auto* row = std::ranges::find_if(kUsual, [&key](const Usual& usual) {
    return usual.key_type == key.key_type && (usual.bits == 0 || usual.bits == key.bits);
  });
  return row == kUsual.end() ? std::string_view() : row->mechanism;
}

// rsa-pkcs, rsa-pss and ecdsa sign a digest as it is; handing them a file would sign its first octets.
bool wants_digest(const crypto::Mechanism& mechanism) {
  const bool hashes =
      mechanism.family == crypto::Family::rsa_pkcs1 || mechanism.family == crypto::Family::rsa_pss ||
      mechanism.family == crypto::Family::ecdsa || mechanism.family == crypto::Family::ml_dsa_prehashed ||
      mechanism.family == crypto::Family::slh_dsa_prehashed;
  return hashes && mechanism.hash == crypto::Hash::none;
}

}  // namespace

Result<const crypto::Mechanism*> signing_mechanism(Invocation& invocation, const KeyObject& key) {
  const std::string name = invocation.arguments.value_or("--mechanism", std::string(usual_name(key.summary)));
  if (name.empty()) {
    return invocation.fail(Code::key_type, "a key of type " + type_word(key) + " signs nothing",
                           "choose another key");
  }
  const crypto::Mechanism* mechanism = crypto::find_mechanism(std::string_view(name));
  const bool signs =
      mechanism != nullptr && (mechanism->uses & (crypto::use::kSign | crypto::use::kVerify)) != 0;
  if (signs && !wants_digest(*mechanism)) return mechanism;
  return invocation.usage("'" + name + "' is not a mechanism that signs data");
}

wire::Parameters parameters_of(const crypto::Mechanism& mechanism) {
  wire::Parameters parameters;
  parameters.mechanism = mechanism.number;
  if (mechanism.family == crypto::Family::rsa_pss) {
    parameters.hash = static_cast<std::uint8_t>(mechanism.hash);
    parameters.mask_hash = parameters.hash;
    parameters.salt_bytes = static_cast<std::uint32_t>(crypto::digest_bytes(mechanism.hash));
  }
  return parameters;
}

}  // namespace coffer::cli
