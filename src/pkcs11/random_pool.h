// RandomPool: octets that the chip made, fetched ahead, so that C_GenerateRandom of a few octets needs no
// request.
#pragma once

#include <cstddef>

#include "base/bytes.h"

namespace coffer::pkcs11 {

// RandomPool belongs to one session and is used under its lock.
//
// Its page is wiped by the kernel in a fork's child (MADV_WIPEONFORK), so that parent and child never hand
// out the same octets, and is not in core files. Octets are wiped as they are handed out. Where the kernel
// cannot wipe on fork the pool stays empty and every request goes to the chip.
class RandomPool final {
 public:
  // kRequestBytesMax: larger requests go to the chip by themselves.
  static constexpr std::size_t kRequestBytesMax = 256;

  RandomPool() = default;
  RandomPool(RandomPool&& other) noexcept;
  RandomPool& operator=(RandomPool&& other) noexcept;
  RandomPool(const RandomPool&) = delete;
  RandomPool& operator=(const RandomPool&) = delete;
  ~RandomPool();

  // take fills `octets` from the pool, or leaves it alone when the pool holds too few.
  bool take(MutableBytes octets);

  // room is where the next octets go; empty when there can be no pool. filled() makes them available.
  MutableBytes room();
  void filled();

  // forget wipes what is left.
  void forget();

 private:
  struct Page;
  Page* page_ = nullptr;  // a mapping of our own
};

}  // namespace coffer::pkcs11
