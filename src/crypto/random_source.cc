// The source of randomness: OpenSSL's DRBG (SP 800-90A CTR_DRBG, seeded from getrandom).
#include "crypto/random_source.h"

#include <openssl/rand.h>

#include <algorithm>

#include "crypto/openssl.h"

namespace coffer::crypto {
namespace {

constexpr unsigned int kStrengthBits = 256;

}  // namespace

Status draw_random(MutableBytes out) {
  if (RAND_priv_bytes_ex(nullptr, out.data(), out.size(), kStrengthBits) != 1) return library_failed();
  return {};
}

void stir_random(Bytes octets) {
  // An entropy estimate of zero: the octets are mixed in beside a fresh seed from the kernel.
  RAND_add(octets.data(), static_cast<int>(std::min(octets.size(), kUpdateBytesMax)), 0.0);
}

}  // namespace coffer::crypto
