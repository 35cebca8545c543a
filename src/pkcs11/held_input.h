// HeldInput: an input that waits in the application's memory until all of it has come.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "base/secret.h"

namespace coffer::pkcs11 {

// HeldInput grows as far as the application's memory does. It may be plaintext, so it wipes itself.
class HeldInput final {
 public:
  HeldInput() = default;
  HeldInput(HeldInput&& other) noexcept { *this = std::move(other); }
  HeldInput& operator=(HeldInput&& other) noexcept {
    if (this != &other) {
      clear();
      octets_ = std::move(other.octets_);
      room_ = std::exchange(other.room_, 0);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }
  HeldInput(const HeldInput&) = delete;
  HeldInput& operator=(const HeldInput&) = delete;
  ~HeldInput() { clear(); }

  // add tells whether there was memory for them; if not, nothing has changed.
  [[nodiscard]] bool add(Bytes octets) {
    if (octets.size() > room_ - size_ && !grow(octets.size())) return false;
    if (!octets.empty()) std::memcpy(octets_.get() + size_, octets.data(), octets.size());
    size_ += octets.size();
    return true;
  }
  void clear() {
    wipe({octets_.get(), size_});
    octets_.reset();
    room_ = size_ = 0;
  }
  [[nodiscard]] Bytes octets() const { return {octets_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::uint8_t* octets) const { std::free(octets); }
  };
  using Room = std::unique_ptr<std::uint8_t, Free>;

  bool grow(std::size_t bytes) {
    const std::size_t wanted = std::max({2 * room_, size_ + bytes, std::size_t{4096}});
    // Not a vector: without memory the application is told, and goes on.
    Room room(static_cast<std::uint8_t*>(std::malloc(wanted)));
    if (room == nullptr) return false;
    if (size_ != 0) std::memcpy(room.get(), octets_.get(), size_);
    wipe({octets_.get(), size_});
    octets_ = std::move(room);
    room_ = wanted;
    return true;
  }

  Room octets_;
  std::size_t room_ = 0;
  std::size_t size_ = 0;
};

}  // namespace coffer::pkcs11
