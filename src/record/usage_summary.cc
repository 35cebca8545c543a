// UsageSummary: where a use is counted, and what line a count becomes.
#include "record/usage_summary.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/check.h"

namespace coffer::record {

namespace {

bool is_named(const UsageSummary::Key& key) { return key.object != wire::ObjectId{}; }

}  // namespace

UsageSummary::Count* UsageSummary::find_or_begin(const Key& key, std::size_t& own, std::size_t own_max,
                                                 std::size_t& all, std::size_t all_max) {
  if (const auto found = counts_.find(key); found != counts_.end()) return &found->second;
  if (own >= own_max || all >= all_max) return nullptr;
  ++own;
  ++all;
  return &counts_[key];
}

// place gives where a use is counted: by its object's name, else without it; null where there is no room.
UsageSummary::Count* UsageSummary::place(const Key& key, std::size_t unnamed_of_all_max) {
  Lines& own = of_each_[key.who];
  if (is_named(key)) {
    Count* const named = find_or_begin(key, own.named, kNamedMax, of_all_.named, kNamedOfAllMax);
    if (named != nullptr) return named;
  }
  Key unnamed = key;
  unnamed.object = {};
  Count* const count = find_or_begin(unnamed, own.unnamed, kUnnamedMax, of_all_.unnamed, unnamed_of_all_max);
  if (count != nullptr && is_named(key) && apart_ < kApartMax && count->apart.insert(key.object).second)
    ++apart_;
  return count;
}

bool UsageSummary::add(const Key& key) {
  const std::lock_guard lock(mutex_);
  Count* const count = is_refusing_ ? nullptr : place(key, kUnnamedOfAllMax);
  if (count != nullptr) ++count->uses;
  return count != nullptr;
}

void UsageSummary::keep(const Key& key) {
  const std::lock_guard lock(mutex_);
  // Half of the room without names is for uses: whoever is refused often takes none of it.
  Count* count = place(key, kUnnamedOfAllMax / 2);
  if (count == nullptr) {
    const auto [rest, is_new] =
        counts_.try_emplace(Key{.event = key.event, .mechanism = {}, .result = key.result});
    if (is_new) ++of_all_.unnamed;
    count = &rest->second;
  }
  ++count->uses;
}

void UsageSummary::keep(const AuditEvent& event) {
  keep(Key{.event = event.event,
           .mechanism = event.mechanism,
           .who = event.who,
           .slot = event.slot.value_or(0),
           .as = event.as,
           .object = event.object.value_or(wire::ObjectId{}),
           .result = event.result});
}

AuditEvent UsageSummary::event_of(const Key& key, const Count& count) {
  AuditEvent event{.event = key.event,
                   .who = key.who,
                   .slot = key.slot,
                   .as = key.as,
                   .object = std::nullopt,
                   .mechanism = key.mechanism,
                   .result = key.result,
                   .count = count.uses,
                   .more = {}};
  if (is_named(key)) event.object = key.object;
  const std::size_t apart = count.apart.size();
  if (apart > 0)
    event.more.emplace_back("keys", std::to_string(apart) + (apart >= kApartMax ? " or more" : ""));
  return event;
}

std::vector<AuditEvent> UsageSummary::oldest(std::size_t count_max) {
  const std::lock_guard lock(mutex_);
  if (leaving_.empty()) {
    leaving_.swap(counts_);
    of_each_.clear();
  }
  std::vector<AuditEvent> events;
  events.reserve(std::min(count_max, leaving_.size()));
  for (const auto& [key, count] : leaving_) {
    if (events.size() == count_max) break;
    events.push_back(event_of(key, count));
  }
  return events;
}

void UsageSummary::written(std::size_t count) {
  const std::lock_guard lock(mutex_);
  CHECK(count <= leaving_.size());
  const auto end = std::next(leaving_.begin(), static_cast<std::ptrdiff_t>(count));
  for (auto each = leaving_.begin(); each != end; ++each) {
    --(is_named(each->first) ? of_all_.named : of_all_.unnamed);
    apart_ -= each->second.apart.size();
  }
  leaving_.erase(leaving_.begin(), end);
}

void UsageSummary::refuse(bool is_refusing) {
  const std::lock_guard lock(mutex_);
  is_refusing_ = is_refusing;
}

bool UsageSummary::empty() const {
  const std::lock_guard lock(mutex_);
  return counts_.empty() && leaving_.empty();
}

bool UsageSummary::has_rest() const {
  const std::lock_guard lock(mutex_);
  return !leaving_.empty();
}

}  // namespace coffer::record
