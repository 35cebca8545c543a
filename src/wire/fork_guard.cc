// ForkGuard: MADV_WIPEONFORK.
#include "wire/fork_guard.h"

#include <sys/mman.h>

#include "host/errno_error.h"

namespace coffer::wire {

Result<ForkGuard> ForkGuard::create() {
  host::Mapping page = TRY(host::Mapping::zeroes(host::kPageBytes));
  if (::madvise(page.begin(), page.size(), MADV_WIPEONFORK) != 0) {
    return host::errno_error("cannot mark a page for forks");
  }
  return ForkGuard(std::move(page));
}

}  // namespace coffer::wire
