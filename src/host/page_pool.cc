// PagePool: hands out runs of pages of the secret arena, first fit, and knows which slab a page belongs to.
#include "host/page_pool.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "base/check.h"

namespace coffer::host {

namespace {

// The spill is made usable in steps of this many pages (1 MiB).
constexpr std::size_t kStepPages = 256;
// Ordinary pages are given back to the system when at least this many become free together.
constexpr std::size_t kGiveBackPages = 16;

}  // namespace

Result<std::unique_ptr<PagePool>> PagePool::create(std::uint8_t* memory, std::size_t usable_count,
                                                   std::size_t page_count) {
  CHECK(usable_count <= page_count && page_count < std::numeric_limits<std::uint32_t>::max());
  Mapping slabs = TRY(Mapping::zeroes(page_count * sizeof(Slab)));
  Mapping owners = TRY(Mapping::zeroes(page_count * sizeof(std::uint32_t)));
  return std::make_unique<PagePool>(
      Parts{memory, usable_count, page_count, std::move(slabs), std::move(owners)});
}

PagePool::PagePool(Parts parts)
    : memory_(parts.memory),
      page_count_(parts.page_count),
      protected_count_(parts.usable_count),
      slabs_memory_(std::move(parts.slabs)),
      owners_memory_(std::move(parts.owners)),
      slabs_(reinterpret_cast<Slab*>(slabs_memory_.begin())),
      owners_(reinterpret_cast<std::uint32_t*>(owners_memory_.begin())),
      usable_count_(parts.usable_count) {
  free_runs_[0] = page_count_;
}

Slab* PagePool::take(std::size_t page_count) {
  const std::lock_guard lock(mutex_);
  const auto run = std::find_if(free_runs_.begin(), free_runs_.end(),
                                [&](const auto& candidate) { return candidate.second >= page_count; });
  if (run == free_runs_.end()) return nullptr;
  const auto [first, count] = *run;
  if (!make_usable(first + page_count)) return nullptr;
  free_runs_.erase(run);
  if (count > page_count) free_runs_[first + page_count] = count - page_count;
  Slab* const slab = std::construct_at(&slabs_[first]);
  slab->first_page = static_cast<std::uint32_t>(first);
  slab->page_count = static_cast<std::uint32_t>(page_count);
  std::fill_n(owners_ + first, page_count, static_cast<std::uint32_t>(first + 1));
  const std::size_t spilled = spilled_part(*slab);
  pages_spilled_.fetch_add(spilled, std::memory_order_relaxed);
  protected_taken_.fetch_add(page_count - spilled, std::memory_order_relaxed);
  return slab;
}

void PagePool::give(Slab& slab) {
  const std::lock_guard lock(mutex_);
  const std::size_t spilled = spilled_part(slab);
  std::size_t first = slab.first_page;
  std::size_t count = slab.page_count;
  pages_spilled_.fetch_sub(spilled, std::memory_order_relaxed);
  protected_taken_.fetch_sub(count - spilled, std::memory_order_relaxed);
  if (spilled >= kGiveBackPages) {
    // Fails for locked pages, which then stay; they are wiped either way.
    static_cast<void>(
        ::madvise(memory_ + (first + count - spilled) * kPageBytes, spilled * kPageBytes, MADV_DONTNEED));
  }
  std::fill_n(owners_ + first, count, 0U);
  auto next = free_runs_.lower_bound(first);
  if (next != free_runs_.end() && next->first == first + count) {
    count += next->second;
    next = free_runs_.erase(next);
  }
  if (next != free_runs_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == first) {
      before->second += count;
      return;
    }
  }
  free_runs_[first] = count;
}

Slab* PagePool::slab_at(std::size_t page) {
  const std::uint32_t owner = page < page_count_ ? owners_[page] : 0;
  return owner == 0 ? nullptr : &slabs_[owner - 1];
}

bool PagePool::make_usable(std::size_t page_end) {
  if (page_end <= usable_count_) return true;
  const std::size_t wanted = (page_end - usable_count_ + kStepPages - 1) / kStepPages * kStepPages;
  const std::size_t added = std::min(wanted, page_count_ - usable_count_);
  std::uint8_t* const begin = memory_ + usable_count_ * kPageBytes;
  if (::mprotect(begin, added * kPageBytes, PROT_READ | PROT_WRITE) != 0) return false;
  // Where the limit does not allow it, the pages can be swapped; SecretArena::bytes_spilled() shows that.
  static_cast<void>(::syscall(SYS_mlock2, begin, added * kPageBytes, MLOCK_ONFAULT));
  usable_count_ += added;
  return true;
}

std::size_t PagePool::spilled_part(const Slab& slab) const {
  const std::size_t end = std::size_t{slab.first_page} + slab.page_count;
  const std::size_t begin = std::max<std::size_t>(slab.first_page, protected_count_);
  return end > begin ? end - begin : 0;
}

}  // namespace coffer::host
