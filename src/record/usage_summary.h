// UsageSummary: what happened in the last second and gets one line together, counted: uses of keys, refusals.
//
// A principal's keys are told by their names as far as kNamedMax; what is beyond gets one line per principal,
// token and mechanism, with the number of keys. So nobody's uses push out another's, and the lines of a full
// summary fit into the room that the audit log keeps back (store/file_audit_log.h).
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/public_memory.h"
#include "base/result.h"
#include "record/audit.h"

namespace coffer::record {

// UsageSummary is safe from many threads.
class UsageSummary {
 public:
  // Key is what a count is kept for. `event` and `mechanism` are literals; no `object` is all zeros.
  struct Key {
    std::string_view event;
    std::string_view mechanism;
    Who who{};
    std::uint32_t slot = 0;
    Who as{};
    wire::ObjectId object{};
    Code result = Code::ok;

    auto operator<=>(const Key&) const = default;
  };

  // Lines that name an object, of one principal and of all together.
  static constexpr std::size_t kNamedMax = 1024;
  static constexpr std::size_t kNamedOfAllMax = 6144;
  // Lines that name none.
  static constexpr std::size_t kUnnamedMax = 256;
  static constexpr std::size_t kUnnamedOfAllMax = 2048;
  // So many different objects are told apart behind lines that name none; more are "that many or more".
  static constexpr std::size_t kApartMax = 32768;

  // add counts a use before it is answered. False when there is no room, or the log has taken none for too
  // long: the use must be refused.
  bool add(const Key& key);
  // keep counts what cannot be refused, because it has happened, or is a refusal itself. Without room it is
  // counted by its event and result alone.
  void keep(const Key& key);
  void keep(const AuditEvent& event);

  // oldest gives counts as events, at most `count_max`; written() forgets as many of them. What was there
  // first comes first: a count that begins meanwhile waits until all those were taken.
  std::vector<AuditEvent> oldest(std::size_t count_max);
  void written(std::size_t count);
  [[nodiscard]] bool empty() const;
  // has_rest tells whether some of what oldest() began to give was not yet written.
  [[nodiscard]] bool has_rest() const;
  // refuse makes add() answer false until it is called with false.
  void refuse(bool is_refusing);

 private:
  // Anybody who reads the audit log may know it, and it grows with the number of keys.
  struct Count {
    std::uint64_t uses = 0;
    std::set<wire::ObjectId, std::less<>, PublicAllocator<wire::ObjectId>> apart;
  };
  using Counts = PublicMap<Key, Count>;
  // Lines is a number of lines with and without an object.
  struct Lines {
    std::size_t named = 0;
    std::size_t unnamed = 0;
  };

  Count* place(const Key& key, std::size_t unnamed_of_all_max);
  Count* find_or_begin(const Key& key, std::size_t& own, std::size_t own_max, std::size_t& all,
                       std::size_t all_max);
  static AuditEvent event_of(const Key& key, const Count& count);

  mutable std::mutex mutex_;  // guards all below
  Counts counts_;
  Counts leaving_;                 // what oldest() is giving
  PublicMap<Who, Lines> of_each_;  // of counts_
  Lines of_all_;                   // of both
  std::size_t apart_ = 0;          // objects told apart, of both
  bool is_refusing_ = false;
};

}  // namespace coffer::record
