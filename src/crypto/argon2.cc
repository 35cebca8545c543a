// Argon2id (RFC 9106): one lane, in the calling thread.
#include "crypto/argon2.h"

#include <algorithm>
#include <chrono>

#include <openssl/core_names.h>

#include "crypto/openssl.h"
#include "crypto/primitives.h"
#include "crypto/self_test.h"

namespace coffer::crypto {
namespace {

// RFC 9106, 3.1: at least eight blocks of 1 KiB a lane.
constexpr std::uint32_t kMemoryKibMin = 8;

}  // namespace

Status argon2id(const SecretBytes& password, const std::array<std::uint8_t, 16>& salt, const Argon2Cost& cost,
                Secret<32>& out) {
  TRY(self_test(Component::argon2id));
  return argon2id_raw(password.reveal(), salt, cost, out.reveal());
}

Status argon2id_raw(Bytes password, Bytes salt, const Argon2Cost& cost, MutableBytes out) {
  if (cost.memory_kib < kMemoryKibMin || cost.memory_kib > kArgon2MemoryKibMax || cost.passes == 0 ||
      cost.passes > kArgon2PassesMax) {
    return Error{Code::invalid, "the Argon2id cost is out of range"};
  }
  std::uint32_t memory = cost.memory_kib;
  std::uint32_t passes = cost.passes;
  std::uint32_t lanes = 1;
  const std::array<OSSL_PARAM, 7> values = {octet_parameter(OSSL_KDF_PARAM_PASSWORD, password),
                                            octet_parameter(OSSL_KDF_PARAM_SALT, salt),
                                            number_parameter(OSSL_KDF_PARAM_ARGON2_MEMCOST, memory),
                                            number_parameter(OSSL_KDF_PARAM_ITER, passes),
                                            number_parameter(OSSL_KDF_PARAM_ARGON2_LANES, lanes),
                                            number_parameter(OSSL_KDF_PARAM_THREADS, lanes),
                                            OSSL_PARAM_construct_end()};
  const OwnedKdfContext kdf(EVP_KDF_CTX_new(library().argon2id));
  if (kdf == nullptr || EVP_KDF_derive(kdf.get(), out.data(), out.size(), values.data()) != 1) {
    return library_failed();
  }
  return {};
}

Result<Argon2Cost> calibrate_argon2(std::uint32_t memory_kib, std::uint32_t target_milliseconds) {
  const SecretBytes password = SecretBytes::copy_of(as_bytes("calibration"));
  const std::array<std::uint8_t, 16> salt{};
  Secret<32> out;
  // Two passes minus one pass is the price of a pass without the price of getting the memory.
  const auto measure = [&](std::uint32_t passes) -> Result<double> {
    const auto start = std::chrono::steady_clock::now();
    TRY(argon2id(password, salt, {memory_kib, passes}, out));
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  };
  const double one = TRY(measure(1));
  const double two = TRY(measure(2));
  const double pass = std::max(two - one, one / 16);
  const double wanted = 1 + (target_milliseconds - one) / pass;
  const double passes = std::clamp(wanted, 1.0, static_cast<double>(kArgon2PassesMax));
  return Argon2Cost{memory_kib, static_cast<std::uint32_t>(passes)};
}

}  // namespace coffer::crypto
