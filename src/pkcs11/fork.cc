// Fork: MADV_WIPEONFORK.
#include "pkcs11/fork.h"

#include <sched.h>
#include <sys/mman.h>

#include "host/errno_error.h"

namespace coffer::pkcs11 {

Result<ForkPage> ForkPage::create() {
  host::Mapping page = TRY(host::Mapping::zeroes(host::kPageBytes));
  if (::madvise(page.begin(), page.size(), MADV_WIPEONFORK) != 0) {
    return host::errno_error("cannot mark a page for forks");
  }
  return ForkPage(std::move(page));
}

bool ForkPage::claim() {
  std::uint32_t expected = kEmptied;
  if (state().compare_exchange_strong(expected, kClaimed)) return true;
  while (is_new_process()) ::sched_yield();
  return false;
}

}  // namespace coffer::pkcs11
