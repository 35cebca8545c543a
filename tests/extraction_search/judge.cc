// Judge: two changes first, then octet by octet.
#include "tests/extraction_search/judge.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace coffer::extraction {

OctetChange Judge::change_at(std::size_t position) {
  constexpr std::size_t kLikely = 3;
  return {position, masks_[dice_.below(std::min(kLikely, masks_.size()))]};
}

// Pieces are cut at an end, or in the middle, or anywhere.
std::pair<Change, Change> Judge::two_changes() {
  Change one;
  Change other;
  switch (dice_.below(3)) {
    case 0:
      one.push_back(change_at(0));
      other.push_back(change_at(octets_ - 1));
      break;
    case 1:
      for (std::size_t i = 0; i < octets_; ++i) (2 * i < octets_ ? one : other).push_back(change_at(i));
      break;
    default: {
      const std::size_t first = dice_.below(octets_);
      const std::size_t step = 1 + dice_.below(octets_ - 1);
      one.push_back(change_at(first));
      other.push_back(change_at((first + step) % octets_));
    }
  }
  return {one, other};
}

std::vector<Judge::Count> Judge::suspects(const Observations& base) {
  const auto [one, other] = two_changes();
  const std::vector<Place> with_one = base.differing(observe_(one));
  const std::vector<Place> with_other = base.differing(observe_(other));
  std::vector<Place> found;
  std::ranges::set_symmetric_difference(with_one, with_other, std::back_inserter(found));
  std::vector<Count> suspects;
  for (const Place& each : found) {
    const bool is_by_one = std::ranges::binary_search(with_one, each);
    suspects.push_back({each, {}, is_by_one ? one : other});
  }
  return suspects;
}

// Looks octet by octet, from the key that `from` makes; what depends on many is dropped.
void Judge::count(std::vector<Count>& counts, const Observations& base, const Change& from) {
  for (std::size_t position = 0; position < octets_; ++position) {
    std::vector<Count*> open;
    for (Count& each : counts) open.push_back(&each);
    for (const std::uint8_t mask : masks_) {
      Change change = from;
      change.push_back({position, mask});
      const Observations seen = observe_(change);
      std::erase_if(open, [&](Count* each) {
        if (!base.differs(seen, each->place)) return false;
        each->positions.push_back(position);
        return true;
      });
      if (open.empty()) break;
    }
    std::erase_if(counts, [](const Count& each) { return each.positions.size() >= kFewOctets; });
    if (counts.empty()) return;
  }
}

std::vector<Leak> Judge::leaks(const Observations& base, const Skip& skip) {
  std::vector<Count> counts = suspects(base);
  std::erase_if(counts, [&skip](const Count& each) { return skip(each.place); });
  if (counts.empty()) return {};
  count(counts, base, {});
  std::vector<Leak> found;
  for (const Count& each : counts) {
    // A comparison that fails depends on the octets that are wrong, one that succeeds on all: look from both.
    std::vector<Count> again = {{each.place, {}, each.changed}};
    count(again, observe_(each.changed), each.changed);
    if (again.empty()) continue;
    const bool is_more = again.front().positions.size() > each.positions.size();
    found.push_back({each.place, is_more ? again.front().positions : each.positions});
  }
  return found;
}

}  // namespace coffer::extraction
