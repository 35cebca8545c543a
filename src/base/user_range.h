// UserRange: a range of the machine's users, by number.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

#include "base/result.h"

namespace coffer {

// UserRange is the users `first` to `last`, both of them too.
struct UserRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.first));
    return visit(in.last);
  }
  bool operator==(const UserRange&) const = default;
};

// holds tells whether one of the ranges has the user; they are sorted, and none touches another.
inline bool holds(const std::vector<UserRange>& ranges, std::uint32_t uid) {
  const auto behind = std::ranges::upper_bound(ranges, uid, {}, &UserRange::first);
  return behind != ranges.begin() && uid <= std::prev(behind)->last;
}

}  // namespace coffer
