// Sessions: the table of them.
#include <unistd.h>

#include <mutex>
#include <utility>

#include "pkcs11/session.h"

namespace coffer::pkcs11 {

namespace {

constexpr unsigned kProcessShift = 32;  // Linux has at most 2^22 processes

}  // namespace

std::optional<CK_SESSION_HANDLE> SessionTable::open(std::uint32_t slot, bool is_read_write) {
  std::size_t index = 0;
  std::uint64_t number = 0;
  Entry* entry = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    if (!free_.empty()) {
      index = free_.back();
      free_.pop_back();
    } else if (entry_count_ < kSessionsMax) {
      index = entry_count_++;
    } else {
      return std::nullopt;
    }
    entry = &entries_.make(index);
    number = ++opened_count_;
  }
  const std::scoped_lock lock(entry->mutex);
  Session& session = entry->session;
  session.slot = slot;
  session.is_read_write = is_read_write;
  session.opener = ::getpid();
  session.number = (static_cast<std::uint64_t>(session.opener) << kProcessShift) | number;
  session.handle = make_handle(index, entry->generation);
  return session.handle;
}

SessionTable::Lease SessionTable::lease(CK_SESSION_HANDLE handle) {
  if ((handle & kHandleIndexMask) == 0) return {};
  Entry* entry = entries_.at(handle_index(handle));
  if (entry == nullptr) return {};
  entry->mutex.lock();
  Lease lease(*entry);
  if (entry->session.handle != handle) return {};
  return lease;
}

void SessionTable::close(Lease lease) {
  const std::size_t index = handle_index(lease->handle);
  ++entries_.at(index)->generation;
  *lease = Session{};
  {
    const Lease ended = std::move(lease);
  }
  const std::scoped_lock lock(mutex_);
  free_.push_back(index);
}

std::vector<CK_SESSION_HANDLE> SessionTable::handles(std::optional<std::uint32_t> slot) {
  std::size_t count = 0;
  {
    const std::scoped_lock lock(mutex_);
    count = entry_count_;
  }
  std::vector<CK_SESSION_HANDLE> result;
  for (std::size_t i = 0; i < count; ++i) {
    Entry& entry = *entries_.at(i);
    const std::scoped_lock lock(entry.mutex);
    const Session& session = entry.session;
    if (session.handle == CK_INVALID_HANDLE || (slot && session.slot != *slot)) continue;
    result.push_back(session.handle);
  }
  return result;
}

bool SessionTable::after_fork() {
  bool was_in_use = mutex_.renew();
  std::size_t count = 0;
  for (Entry* entry = nullptr; (entry = entries_.at(count)) != nullptr; ++count) {
    Session& session = entry->session;
    if (entry->mutex.renew()) {
      // Another thread was in the middle of a call: keep who the session is, and give up what it was doing.
      // What the half-changed containers own is left alone, for walking them could go astray.
      was_in_use = true;
      std::construct_at(&session.link);
      std::construct_at(&session.operations);
      std::construct_at(&session.rare);
      std::construct_at(&session.search);
      std::construct_at(&session.objects);
    } else {
      session.link = Link{};
    }
    for (std::size_t i = 0; i < kActivityCount; ++i) {
      const auto activity = static_cast<Activity>(i);
      if (!session.knows(activity)) break;
      Operation& operation = session.operation(activity);
      if (operation.stage == Stage::streaming) operation.forget();
    }
  }
  std::construct_at(&free_);
  for (std::size_t i = 0; i < count; ++i) {
    if (entries_.at(i)->session.handle == CK_INVALID_HANDLE) free_.push_back(i);
  }
  entry_count_ = count;
  return was_in_use;
}

}  // namespace coffer::pkcs11
