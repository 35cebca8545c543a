// Turns: a lane for each share that waits.
#include "wire/turns.h"

#include <algorithm>
#include <utility>

namespace coffer::wire {

void Turns::push(std::shared_ptr<Connection> connection) {
  const TurnOf turn = connection->turn();
  const std::lock_guard lock(mutex_);
  lanes_[turn].push_back(std::move(connection));
  lane_count_.store(lanes_.size());
}

Turns::Taken Turns::take() {
  const std::lock_guard lock(mutex_);
  auto first = lanes_.end();
  Charges::Rank least;
  for (auto lane = lanes_.begin(); lane != lanes_.end(); ++lane) {
    if (!charges_.may_enter(lane->first.principal)) continue;
    const Charges::Rank rank = charges_.rank(lane->first);
    if (first != lanes_.end() && !rank.is_before(least)) continue;
    first = lane;
    least = rank;
  }
  if (first == lanes_.end() || !charges_.try_enter(first->first.principal)) return {};
  charges_.begin(first->first);
  Taken taken{first->first, std::move(first->second.front())};
  first->second.pop_front();
  if (first->second.empty()) lanes_.erase(first);
  lane_count_.store(lanes_.size());
  return taken;
}

bool Turns::is_empty() const {
  if (lane_count_.load() == 0) return true;
  const std::lock_guard lock(mutex_);
  return std::ranges::none_of(lanes_,
                              [this](const auto& lane) { return charges_.may_enter(lane.first.principal); });
}

void Turns::clear() {
  Lanes gone;
  const std::lock_guard lock(mutex_);
  gone.swap(lanes_);
  lane_count_.store(0);
}

}  // namespace coffer::wire
