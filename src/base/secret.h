// Secret types: they move, never copy, wipe themselves, and cannot be compared or printed by accident.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iosfwd>
#include <utility>

#include "base/bytes.h"

namespace coffer {

// wipe overwrites octets in a way the compiler keeps.
void wipe(MutableBytes bytes);

// equal_secret compares in time that depends only on the lengths.
bool equal_secret(Bytes a, Bytes b);

// SecretMemory is where the octets of SecretBytes live: the ordinary heap, unless main() of the chip hands
// over its secret arena (host/secret_arena.h) before the first secret exists. `allocate` never returns null.
struct SecretMemory {
  void* (*allocate)(std::size_t bytes);
  void (*release)(void* octets, std::size_t bytes);
};

// use_secret_memory sets it; call once, at the very start of a process.
void use_secret_memory(const SecretMemory& memory);
// installed_secret_memory is what was set, or null.
const SecretMemory* installed_secret_memory();

// Secret<N> holds exactly N secret octets. Derive a named type from it for each purpose, so that keys are
// not interchangeable: `struct SealKey : Secret<32> {};`
template <std::size_t N>
class Secret {
 public:
  static constexpr std::size_t kBytes = N;

  Secret() = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : octets_(other.octets_) { wipe(other.octets_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      octets_ = other.octets_;
      wipe(other.octets_);
    }
    return *this;
  }
  ~Secret() { wipe(octets_); }

  // reveal gives the octets. Only crypto/ and named files of vault/ may call it.
  [[nodiscard]] Bytes reveal() const { return octets_; }
  [[nodiscard]] MutableBytes reveal() { return octets_; }

  bool operator==(const Secret&) const = delete;
  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;
  // GoogleTest prints what it does not know octet by octet.
  template <std::derived_from<Secret> Named>
  friend void PrintTo(const Named&, std::ostream*) = delete;

 private:
  std::array<std::uint8_t, N> octets_{};
};

// SecretBytes holds a secret whose size is known only at run time (a PIN, a passphrase, a key being
// imported).
class SecretBytes {
 public:
  SecretBytes() = default;
  // copy_of makes a secret out of octets that the caller must wipe.
  static SecretBytes copy_of(Bytes bytes);
  // zeroes makes `size` octets of zero, to be filled through reveal().
  static SecretBytes zeroes(std::size_t size);

  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  SecretBytes(SecretBytes&& other) noexcept
      : octets_(std::exchange(other.octets_, nullptr)),
        capacity_(std::exchange(other.capacity_, 0)),
        size_(std::exchange(other.size_, 0)) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  ~SecretBytes() { clear(); }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  // clear wipes and forgets.
  void clear();
  // shrink keeps the first `size` octets and wipes the rest.
  void shrink(std::size_t size);

  [[nodiscard]] Bytes reveal() const { return {octets_, size_}; }
  [[nodiscard]] MutableBytes reveal() { return {octets_, size_}; }
  // clone copies on purpose; the name is there to be searched for.
  [[nodiscard]] SecretBytes clone() const { return copy_of(reveal()); }

  bool operator==(const SecretBytes&) const = delete;
  friend std::ostream& operator<<(std::ostream&, const SecretBytes&) = delete;
  template <std::derived_from<SecretBytes> Named>
  friend void PrintTo(const Named&, std::ostream*) = delete;

 private:
  std::uint8_t* octets_ = nullptr;  // owned; comes from SecretMemory
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

// FixedSecret is Secret<N>, or a type that was named after one; AnySecret may also be of run-time size.
template <typename T>
concept FixedSecret = std::derived_from<T, Secret<T::kBytes>>;
template <typename T>
concept AnySecret = FixedSecret<T> || std::derived_from<T, SecretBytes>;

// equal_secret of two whole secrets. Those of run-time size differ at once when their sizes do.
template <std::size_t N>
bool equal_secret(const Secret<N>& a, const Secret<N>& b) {
  return equal_secret(a.reveal(), b.reveal());
}
inline bool equal_secret(const SecretBytes& a, const SecretBytes& b) {
  return equal_secret(a.reveal(), b.reveal());
}

// BearerSecret<N> and BearerBytes let whoever shows them act as somebody: who shows a join secret joins, who
// shows a ticket is logged in. They are made to be handed out, so a reply may carry them, as it may no other
// secret (codec/binary.h); else they are secrets like all. SECURITY.md lists them.
template <std::size_t N>
class BearerSecret : public Secret<N> {};
class BearerBytes : public SecretBytes {};

// clone copies a bearer secret on purpose; the name is there to be searched for.
template <typename Named>
  requires std::derived_from<Named, BearerSecret<Named::kBytes>>
Named clone(const Named& secret) {
  Named copy;
  std::ranges::copy(secret.reveal(), copy.reveal().begin());
  return copy;
}
template <std::derived_from<BearerBytes> Named>
Named clone(const Named& secret) {
  return Named{{secret.clone()}};
}

}  // namespace coffer
