// Judge: whether something that can be seen depends on a few octets of a protected key.
//
// What depends on all of them tells nothing that trying all keys would not tell. What depends on 1 to 15 can
// be tried out: 256 values an octet, one octet after the other. So a sequence runs once more with some octets
// changed, and once more with others; what differs in one and not in the other is looked at octet by octet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "tests/extraction_search/dice.h"
#include "tests/extraction_search/link_hooks.h"
#include "tests/extraction_search/observation.h"

namespace coffer::extraction {

// kFewOctets: what depends on fewer is a leak.
inline constexpr std::size_t kFewOctets = 16;

// Leak is one: what can be seen, and on which octets it depends.
struct Leak {
  Place place;
  std::vector<std::size_t> positions;
};

// Judge judges one sequence. `observe` runs it with a change.
class Judge {
 public:
  using Observe = std::function<Observations(const Change&)>;
  using Skip = std::function<bool(const Place&)>;

  // `octets` is how many the key has, `masks` by what each may be changed: the likely values first.
  Judge(Observe observe, std::size_t octets, std::span<const std::uint8_t> masks, Dice& dice)
      : observe_(std::move(observe)), octets_(octets), masks_(masks), dice_(dice) {}

  // leaks gives what depends on a few octets; `base` is what was seen without a change. Suspects that `skip`
  // knows are not looked at octet by octet.
  std::vector<Leak> leaks(const Observations& base, const Skip& skip);

 private:
  // Count is what a place depends on.
  struct Count {
    Place place;
    std::vector<std::size_t> positions;
    Change changed;  // that it was seen by
  };

  [[nodiscard]] std::pair<Change, Change> two_changes();
  [[nodiscard]] OctetChange change_at(std::size_t position);
  std::vector<Count> suspects(const Observations& base);
  void count(std::vector<Count>& counts, const Observations& base, const Change& from);

  Observe observe_;
  std::size_t octets_;
  std::span<const std::uint8_t> masks_;
  Dice& dice_;
};

}  // namespace coffer::extraction
