// Object table: handle <-> (slot, ObjectId), with what the chip told about the object.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "pkcs11/fork.h"
#include "pkcs11/handle.h"
#include "pkcs11/pkcs11.h"
#include "wire/messages.h"

namespace coffer::pkcs11 {

// Object is one object as the module remembers it.
struct Object {
  std::uint32_t slot = 0;
  wire::ObjectSummary summary;
};

// ObjectTable gives each object one handle for the life of the application. find() takes no lock; everything
// is safe from many threads at once.
class ObjectTable final {
 public:
  // kObjectsMax is how many handles can live at once.
  static constexpr std::size_t kObjectsMax = 512UL * 8192UL;

  // handle_of gives the object's handle, the same one every time, and remembers the newest summary. Gives
  // CK_INVALID_HANDLE when kObjectsMax are alive.
  CK_OBJECT_HANDLE handle_of(std::uint32_t slot, const wire::ObjectSummary& summary);

  // find gives a copy of what is known, or nothing when the handle is not alive.
  [[nodiscard]] std::optional<Object> find(CK_OBJECT_HANDLE handle) const;

  // forget makes a handle stale; unknown handles are ignored.
  void forget(CK_OBJECT_HANDLE handle);

  // forget_slot makes all handles of a slot stale; forget_all makes all of them stale.
  void forget_slot(std::uint32_t slot);
  void forget_all();

  // after_fork repairs the table in the child; nobody else may use it meanwhile.
  void after_fork();

 private:
  // Entry is read without a lock: a reader copies the words between two looks at the handle, which the writer
  // sets to zero first. Since handles never come back, an unchanged handle means unchanged words.
  struct Entry {
    static constexpr std::size_t kWords = 5;
    std::atomic<CK_OBJECT_HANDLE> handle{CK_INVALID_HANDLE};
    std::array<std::atomic<std::uint64_t>, kWords> words{};
  };
  struct Key {
    std::uint32_t slot = 0;
    wire::ObjectId id{};
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  using Words = std::array<std::uint64_t, Entry::kWords>;
  using Handles = std::unordered_map<Key, CK_OBJECT_HANDLE, KeyHash>;

  static Words pack(const Object& object);
  static Object unpack(const Words& words);
  static std::optional<Object> read(const Entry& entry, CK_OBJECT_HANDLE handle);
  static void write(Entry& entry, const Object& object, CK_OBJECT_HANDLE handle);
  void forget_locked(CK_OBJECT_HANDLE handle);
  void forget_where(const std::optional<std::uint32_t>& slot);

  StableArray<Entry, 512, 8192> entries_;
  ForkMutex mutex_;  // guards what follows, and writing entries
  std::size_t entry_count_ = 0;
  std::vector<CK_OBJECT_HANDLE> free_;  // the last handles of entries that can be used again
  Handles handles_;
};

}  // namespace coffer::pkcs11
