// Lanes: bare private operations, eight at a time, by Intel's crypto_mb where the CPU has AVX-512 IFMA.
//
// Nothing here is gated; multi_buffer.h is. For crypto/ only.
#pragma once

#include <cstdint>
#include <span>

#include "crypto/key_handle.h"

namespace coffer::crypto {

inline constexpr std::size_t kLaneCount = 8;

// LaneKind is what all jobs of one call have in common.
enum class LaneKind : std::uint8_t { rsa2048, rsa3072, rsa4096, p256, p384, ed25519 };
inline constexpr std::size_t kLaneKindCount = 6;

// LaneJob is the work of one lane.
struct LaneJob {
  const PrivateKey::Handle* key = nullptr;
  Bytes input;          // RSA: the encoded message; ECDSA: the digest; Ed25519: the message
  MutableBytes output;  // room for the signature: the modulus, r || s, or 64 octets
  bool done = false;    // the signature was written; otherwise nothing was
  Bytes nonce = {};     // ECDSA, for known answers only: big-endian; empty: a random one
};

// lanes_available tells whether the code is built in and the CPU can run it; lanes_refusal says why not.
bool lanes_available();
std::string_view lanes_refusal();

// run_lanes runs 1 to kLaneCount jobs. RSA results are verified before they are written. A job that fails in
// any way is left undone, for the plain code to do.
void run_lanes(LaneKind kind, std::span<LaneJob> jobs);

}  // namespace coffer::crypto
