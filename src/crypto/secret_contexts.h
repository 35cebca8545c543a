// What is behind SecretKey: prepared cipher and MAC contexts. For crypto/ only.
#pragma once

#include <array>

#include "crypto/context_pool.h"
#include "crypto/key.h"

namespace coffer::crypto {

// Direction tells an encryption from a decryption.
enum class Direction : std::uint8_t { encrypt, decrypt };

// SecretKey::Contexts holds idle contexts that know the key already.
struct SecretKey::Contexts {
  // The key schedules of ECB, CBC, CTR and GCM, by mode and direction.
  std::array<std::array<CipherContextPool, 2>, 4> ciphers;
  // Keyed MAC states: HMAC by Hash, and CMAC under Hash::none.
  std::array<MacContextPool, kHashCount> macs;

  [[nodiscard]] CipherContextPool& cipher(AesMode mode, Direction direction) {
    return ciphers[static_cast<std::size_t>(mode)][static_cast<std::size_t>(direction)];
  }
  [[nodiscard]] MacContextPool& mac(Hash hash) { return macs[static_cast<std::size_t>(hash)]; }
};

}  // namespace coffer::crypto
