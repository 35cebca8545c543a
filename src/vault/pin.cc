// PIN: stretching, verifiers.
#include "vault/pin.h"

#include "wire/limits.h"

namespace coffer::vault {

namespace {

// One try of a PIN costs about 20 ms. The verifier is sealed like everything else, so stretching only
// protects the PIN itself (people use one in several places) from whoever holds the whole vault open.
constexpr crypto::Argon2Cost kPinCost{.memory_kib = 16 * 1024, .passes = 2};

Result<std::array<std::uint8_t, 32>> verifier_of(const record::PinKey& key,
                                                 const std::array<std::uint8_t, 16>& salt,
                                                 const crypto::Argon2Cost& cost, const SecretBytes& pin) {
  struct Stretched : Secret<32> {};
  Stretched stretched;
  TRY(crypto::argon2id(pin, salt, cost, stretched));
  return crypto::hmac_sha256(key, stretched.reveal());
}

}  // namespace

Result<PinVerifier> make_verifier(const record::PinKey& key, const SecretBytes& pin) {
  if (pin.size() < wire::kPinBytesMin || pin.size() > wire::kPinBytesMax) {
    return Error{Code::pin_length, "a PIN has 4 to 255 characters"};
  }
  PinVerifier made{.is_set = true, .cost = kPinCost};
  TRY(crypto::random_bytes(made.salt));
  made.verifier = TRY(verifier_of(key, made.salt, made.cost, pin));
  return made;
}

Result<bool> check_pin(const record::PinKey& key, const PinVerifier& verifier, const SecretBytes& pin) {
  const auto tried = TRY(verifier_of(key, verifier.salt, verifier.cost, pin));
  return equal_secret(tried, verifier.verifier);
}

Status spend_check(const record::PinKey& key, const SecretBytes& pin) {
  const PinVerifier nobodys{.cost = kPinCost};
  const auto spent = check_pin(key, nobodys, pin);
  return spent.ok() ? Status{} : Status(spent.error());
}

}  // namespace coffer::vault
