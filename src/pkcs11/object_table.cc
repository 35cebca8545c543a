// Object table: entries that are read without a lock, and a hash map from object to handle under one.
#include "pkcs11/object_table.h"

#include <cstring>
#include <mutex>

namespace coffer::pkcs11 {

namespace {

constexpr std::uint64_t kToken = 1;
constexpr std::uint64_t kPrivate = 2;
constexpr std::uint64_t kAlwaysAuthenticate = 4;

std::uint64_t join(std::uint32_t low, std::uint32_t high) { return low | (std::uint64_t{high} << 32U); }
std::uint32_t low_half(std::uint64_t word) { return static_cast<std::uint32_t>(word); }
std::uint32_t high_half(std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32U); }

}  // namespace

std::size_t ObjectTable::KeyHash::operator()(const Key& key) const {
  // The id is random already.
  std::uint64_t word = 0;
  std::memcpy(&word, key.id.data(), sizeof(word));
  return static_cast<std::size_t>(word ^ key.slot);
}

ObjectTable::Words ObjectTable::pack(const Object& object) {
  const wire::ObjectSummary& summary = object.summary;
  std::uint32_t flags = 0;
  if (summary.is_token) flags |= kToken;
  if (summary.is_private) flags |= kPrivate;
  if (summary.always_authenticate) flags |= kAlwaysAuthenticate;
  Words words{};
  std::memcpy(words.data(), summary.id.data(), summary.id.size());
  words[2] = join(summary.object_class, summary.key_type);
  words[3] = join(summary.uses, summary.bits);
  words[4] = join(object.slot, flags);
  return words;
}

Object ObjectTable::unpack(const Words& words) {
  Object object;
  object.slot = low_half(words[4]);
  wire::ObjectSummary& summary = object.summary;
  std::memcpy(summary.id.data(), words.data(), summary.id.size());
  summary.object_class = low_half(words[2]);
  summary.key_type = high_half(words[2]);
  summary.uses = low_half(words[3]);
  summary.bits = high_half(words[3]);
  summary.is_token = (high_half(words[4]) & kToken) != 0;
  summary.is_private = (high_half(words[4]) & kPrivate) != 0;
  summary.always_authenticate = (high_half(words[4]) & kAlwaysAuthenticate) != 0;
  return object;
}

std::optional<Object> ObjectTable::read(const Entry& entry, CK_OBJECT_HANDLE handle) {
  if (entry.handle.load(std::memory_order_acquire) != handle) return std::nullopt;
  Words words{};
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = entry.words[i].load(std::memory_order_acquire);
  if (entry.handle.load(std::memory_order_relaxed) != handle) return std::nullopt;
  return unpack(words);
}

void ObjectTable::write(Entry& entry, const Object& object, CK_OBJECT_HANDLE handle) {
  const Words words = pack(object);
  for (std::size_t i = 0; i < words.size(); ++i) entry.words[i].store(words[i], std::memory_order_release);
  entry.handle.store(handle, std::memory_order_release);
}

CK_OBJECT_HANDLE ObjectTable::handle_of(std::uint32_t slot, const wire::ObjectSummary& summary) {
  const std::scoped_lock lock(mutex_);
  const Object object{slot, summary};
  const auto [known, is_new] = handles_.try_emplace(Key{slot, summary.id}, CK_INVALID_HANDLE);
  if (!is_new) {
    // Only the permitted uses of an object can change, and they are one word: readers see the old or the new.
    Entry* entry = entries_.at(handle_index(known->second));
    entry->words[3].store(pack(object)[3], std::memory_order_release);
    return known->second;
  }
  CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
  if (!free_.empty()) {
    const CK_OBJECT_HANDLE last = free_.back();
    free_.pop_back();
    handle = make_handle(handle_index(last), handle_generation(last) + 1);
  } else if (entry_count_ < kObjectsMax) {
    handle = make_handle(entry_count_++, 0);
  } else {
    handles_.erase(known);
    return CK_INVALID_HANDLE;
  }
  write(entries_.make(handle_index(handle)), object, handle);
  known->second = handle;
  return handle;
}

std::optional<Object> ObjectTable::find(CK_OBJECT_HANDLE handle) const {
  if ((handle & kHandleIndexMask) == 0) return std::nullopt;
  const Entry* entry = entries_.at(handle_index(handle));
  return entry == nullptr ? std::nullopt : read(*entry, handle);
}

void ObjectTable::forget_locked(CK_OBJECT_HANDLE handle) {
  const std::optional<Object> object = find(handle);
  if (!object) return;
  entries_.at(handle_index(handle))->handle.store(CK_INVALID_HANDLE, std::memory_order_release);
  handles_.erase(Key{object->slot, object->summary.id});
  free_.push_back(handle);
}

void ObjectTable::forget(CK_OBJECT_HANDLE handle) {
  const std::scoped_lock lock(mutex_);
  forget_locked(handle);
}

void ObjectTable::forget_where(const std::optional<std::uint32_t>& slot) {
  const std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i < entry_count_; ++i) {
    const CK_OBJECT_HANDLE handle = entries_.at(i)->handle.load(std::memory_order_relaxed);
    const std::optional<Object> object = find(handle);
    if (object && (!slot || object->slot == *slot)) forget_locked(handle);
  }
}

void ObjectTable::forget_slot(std::uint32_t slot) { forget_where(slot); }
void ObjectTable::forget_all() { forget_where(std::nullopt); }

void ObjectTable::after_fork() {
  if (!mutex_.renew()) return;
  // Another thread was changing the table. Entries are right at every moment; the rest is made from them.
  // What the half-changed containers own is left alone, for walking them could go astray. Entries that were
  // free are lost to this process.
  std::construct_at(&free_);
  std::construct_at(&handles_);
  std::size_t count = 0;
  for (const Entry* entry = nullptr; count < kObjectsMax && (entry = entries_.at(count)) != nullptr;
       ++count) {
    const CK_OBJECT_HANDLE handle = entry->handle.load();
    const std::optional<Object> object = find(handle);
    if (object) handles_.emplace(Key{object->slot, object->summary.id}, handle);
  }
  entry_count_ = count;
}

}  // namespace coffer::pkcs11
