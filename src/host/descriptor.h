// Descriptor: owns one file descriptor and closes it.
#pragma once

#include <utility>

#include "base/result.h"

namespace coffer::host {

// Descriptor owns a file descriptor; it moves, never copies, and closes when it dies. Every function of host/
// that makes one sets CLOEXEC: a child inherits only what spawn() (host/process.h) is told to hand over.
class Descriptor final {
 public:
  Descriptor() = default;
  // Takes over `number`; a negative one means "none".
  explicit Descriptor(int number) : number_(number) {}

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  ~Descriptor() { close(); }

  // adopt_inherited takes over a descriptor that the parent process handed over at a fixed number, and sets
  // CLOEXEC on it. Fails with `invalid` if nothing is open there. Adopt each number once.
  static Result<Descriptor> adopt_inherited(int number);

  // get gives the number for a system call; this object stays the owner.
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  // release gives the number away: the caller closes it.
  [[nodiscard]] int release() { return std::exchange(number_, -1); }
  // close closes now instead of at the end of life; closing twice is harmless.
  void close();
  // above_streams gives the same open file a number above those of the standard streams, which it may have
  // got in a program that has closed them and writes to them all the same.
  [[nodiscard]] Result<Descriptor> above_streams() &&;
  // duplicate makes a second descriptor of the same open file, CLOEXEC too.
  [[nodiscard]] Result<Descriptor> duplicate() const;

 private:
  int number_ = -1;
};

}  // namespace coffer::host
