// PrivateCopy: memory of one worker for a payload that came through shared memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace coffer::wire {

// PrivateCopy keeps its memory from one request to the next. One thread at a time.
class PrivateCopy final {
 public:
  PrivateCopy() = default;
  PrivateCopy(PrivateCopy&&) = default;
  PrivateCopy& operator=(PrivateCopy&&) = delete;
  ~PrivateCopy();

  // Holds is what the octets may be: a secret never lies in memory that is large enough for bulk, and data
  // goes there when hidden memory is scarce (host/secret_arena.h).
  enum class Holds : std::uint8_t { data, secret };
  // take copies octets that a peer may be changing at this very moment; nobody looks at them before.
  Bytes take(Bytes shared, Holds holds);
  // wipe_now forgets what was taken.
  void wipe_now();
  // shrink wipes and gives large memory back.
  void shrink();

 private:
  static constexpr std::size_t kKeptBytes = 65536;
  static constexpr std::size_t kSmallBytes = 16384;

  std::unique_ptr<std::uint8_t[]> octets_;
  std::size_t capacity_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace coffer::wire
