// Shared memory between the chip and a peer that it does not trust, and the futex to sleep on it.
#include "host/shared_memory.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <limits>
#include <utility>

#include "base/check.h"
#include "host/errno_error.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U  // Linux 6.3; the headers of Debian 12 are older.
#endif

namespace coffer::host {

namespace {

Descriptor make_memfd() {
  Descriptor region(::memfd_create("coffer-shared", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL));
  if (region.is_open() || errno != EINVAL) return region;
  return Descriptor(::memfd_create("coffer-shared", MFD_CLOEXEC | MFD_ALLOW_SEALING));
}

Result<std::uint8_t*> map_shared(const Descriptor& region, std::size_t bytes) {
  void* const octets = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, region.get(), 0);
  if (octets == MAP_FAILED) return errno_error("cannot map shared memory");
  return static_cast<std::uint8_t*>(octets);
}

// Refuses a region that could change its size later, or whose pages could be missing when they are touched.
Status inspect_untrusted(const Descriptor& region, std::size_t bytes_expected) {
  constexpr int kSealsNeeded = F_SEAL_SHRINK | F_SEAL_GROW;
  const int seals = ::fcntl(region.get(), F_GET_SEALS);
  if (seals < 0 || (seals & kSealsNeeded) != kSealsNeeded) {
    return Error{Code::denied, "a shared region is not sealed"};
  }
  struct stat about{};
  if (::fstat(region.get(), &about) != 0) return errno_error("cannot inspect a shared region");
  if (about.st_size < 0 || static_cast<std::size_t>(about.st_size) != bytes_expected) {
    return Error{Code::denied, "a shared region has an unexpected size"};
  }
  // Huge pages can be sealed too, but touching one raises SIGBUS when the machine has none left.
  struct statfs system{};
  if (::fstatfs(region.get(), &system) != 0) return errno_error("cannot inspect a shared region");
  if (system.f_type != TMPFS_MAGIC) return Error{Code::denied, "a shared region has unusual pages"};
  return {};
}

// A file that grows past the limit of its process raises SIGXFSZ, and memory with a descriptor is a file.
bool may_grow_to(std::size_t bytes) {
  rlimit limit{};
  return ::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur >= bytes;
}

long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value, const timespec* timeout) {
  static_assert(sizeof(word) == sizeof(std::uint32_t) && std::atomic<std::uint32_t>::is_always_lock_free);
  return ::syscall(SYS_futex, &word, operation, value, timeout, nullptr, 0);
}

}  // namespace

Result<SharedMemory> SharedMemory::create(std::size_t bytes) {
  if (bytes == 0 || bytes > kSharedMemoryBytesMax)
    return Error{Code::limit, "a shared region has no such size"};
  if (!may_grow_to(bytes)) return Error{Code::limit, "files may not grow far enough for a shared region"};
  Descriptor region = make_memfd();
  if (!region.is_open()) return errno_error("cannot make a shared region");
  if (::ftruncate(region.get(), static_cast<off_t>(bytes)) != 0)
    return errno_error("cannot size a shared region");
  if (::fcntl(region.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return errno_error("cannot seal a shared region");
  }
  std::uint8_t* const octets = TRY(map_shared(region, bytes));
  return SharedMemory(std::move(region), octets, bytes);
}

Result<SharedMemory> SharedMemory::map_untrusted(Descriptor region, std::size_t bytes_expected) {
  if (bytes_expected == 0 || bytes_expected > kSharedMemoryBytesMax) {
    return Error{Code::limit, "a shared region has no such size"};
  }
  TRY(inspect_untrusted(region, bytes_expected));
  std::uint8_t* const octets = TRY(map_shared(region, bytes_expected));
  return SharedMemory(Descriptor(), octets, bytes_expected);
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : descriptor_(std::move(other.descriptor_)),
      octets_(std::exchange(other.octets_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  if (this != &other) {
    // The old mapping goes to `other`, which unmaps it when it dies.
    std::swap(descriptor_, other.descriptor_);
    std::swap(octets_, other.octets_);
    std::swap(bytes_, other.bytes_);
  }
  return *this;
}

SharedMemory::~SharedMemory() {
  if (octets_ != nullptr) CHECK(::munmap(octets_, bytes_) == 0);
}

Wake futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected, Deadline deadline) {
  timespec left{};
  const timespec* timeout = nullptr;
  if (!deadline.is_never()) {
    constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
    const std::int64_t nanoseconds = deadline.remaining().count();
    left.tv_sec = nanoseconds / kNanosecondsPerSecond;
    left.tv_nsec = nanoseconds % kNanosecondsPerSecond;
    timeout = &left;
  }
  // FUTEX_WAIT without FUTEX_PRIVATE_FLAG: the other side of the word may be another process.
  if (futex(word, FUTEX_WAIT, expected, timeout) == 0) return Wake::woken;
  if (errno == EAGAIN) return Wake::changed;
  return errno == ETIMEDOUT ? Wake::timed_out : Wake::woken;
}

std::uint32_t futex_wake(std::atomic<std::uint32_t>& word, std::uint32_t count) {
  constexpr std::uint32_t kCountMax = std::numeric_limits<std::int32_t>::max();
  const long woken = futex(word, FUTEX_WAKE, count < kCountMax ? count : kCountMax, nullptr);
  return woken > 0 ? static_cast<std::uint32_t>(woken) : 0;
}

}  // namespace coffer::host
