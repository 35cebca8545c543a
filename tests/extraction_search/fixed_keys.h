// Fixed keys: what sequences use where a fresh key would cost more than the search can pay.
#pragma once

#include "tests/extraction_search/call.h"

namespace coffer::extraction {

// peer_point is somebody's public point on the curve that keys of a CKK_ have here (P-256 or X25519).
Buffer peer_point(std::uint32_t key_type);

// rsa_public_numbers and rsa_private_numbers are the attributes of one RSA key of 2048 bits.
Settings rsa_public_numbers();
Settings rsa_private_numbers();

// kRsaSecretAt is where the private exponent begins in its PKCS#8: behind what is public.
inline constexpr std::size_t kRsaSecretAt = 303;

}  // namespace coffer::extraction
