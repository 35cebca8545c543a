// Shared memory between the chip and a peer that it does not trust, and the futex to sleep on it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "host/deadline.h"
#include "host/descriptor.h"
#include "host/guest_descriptor.h"

namespace coffer::host {

// kSharedMemoryBytesMax bounds one shared region.
inline constexpr std::size_t kSharedMemoryBytesMax = std::size_t{1} << 30U;

// SharedMemory is a mapped memfd whose size can never change again. The peer may write to it at any moment:
// copy before looking, and never read a field twice.
class SharedMemory final {
 public:
  // create makes a region of `bytes` zeroes, sealed against growing and shrinking. Its descriptor() is handed
  // to the peer. Fails with `limit` where files may not grow so far (RLIMIT_FSIZE), and raises no signal.
  static Result<SharedMemory> create(std::size_t bytes);

  // map_untrusted maps a region that the peer made, and closes the descriptor. It refuses with `denied`
  // whatever could make a later access fail: a region that is not sealed against shrinking and growing, of
  // another size than `bytes_expected`, or not of ordinary pages. So the peer cannot raise SIGBUS here.
  static Result<SharedMemory> map_untrusted(Descriptor region, std::size_t bytes_expected);

  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  ~SharedMemory();

  [[nodiscard]] MutableBytes octets() const { return {octets_, bytes_}; }
  // descriptor is open only in the process that created the region, until close_descriptor().
  [[nodiscard]] const Descriptor& descriptor() const { return descriptor_.descriptor(); }
  void close_descriptor() { descriptor_.close(); }

 private:
  SharedMemory(Descriptor descriptor, std::uint8_t* octets, std::size_t bytes)
      : descriptor_(std::move(descriptor)), octets_(octets), bytes_(bytes) {}

  GuestDescriptor descriptor_;  // a client makes the region in a program that is not its own
  std::uint8_t* octets_ = nullptr;
  std::size_t bytes_ = 0;
};

// Wake says why futex_wait returned.
enum class Wake : std::uint8_t {
  woken,      // by futex_wake, or for no reason: look at the word again
  changed,    // the word was not `expected` when we went to sleep
  timed_out,  // the deadline passed
};

// futex_wait sleeps while `word` is `expected`, until futex_wake or the deadline. Works across processes when
// `word` lies in shared memory.
Wake futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected, Deadline deadline);

// futex_wake wakes at most `count` sleepers and tells how many it woke.
std::uint32_t futex_wake(std::atomic<std::uint32_t>& word, std::uint32_t count);

}  // namespace coffer::host
