// Link hooks: changes octets that leave crypto/ for the vault, where no import can choose them - the stream
// of a derivation, and the PKCS#8 of a private key that is wrapped. The linker puts them between the two
// (tests/extraction_search.cmake); the product has no such seam.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/extraction_search/call.h"

namespace coffer::extraction {

// kStreamBytes is how much of a derivation's stream a run may change, and how many octets of it are few.
inline constexpr std::size_t kStreamBytes = 48;

// Hook is active as long as it lives; one at a time.
class Hook {
 public:
  // stream: what crypto::derive gives is made of a few values (so that guesses come true often) and changed.
  // ECDH without a KDF cuts at the front, everything else at the end.
  // pkcs8: what PrivateKey::pkcs8 gives is changed.
  enum class Place : std::uint8_t { stream, pkcs8 };
  Hook(Place place, const Change& change);
  ~Hook();
  Hook(const Hook&) = delete;
  Hook& operator=(const Hook&) = delete;

  // real_streams is what crypto::derive gave before it was changed, while hooks were active: what another way
  // to the same octets would show. forget_streams begins anew.
  static const std::vector<Buffer>& real_streams();
  static void forget_streams();
};

}  // namespace coffer::extraction
