// PinDelays: the time of the last wrong PIN of each identity.
#include "vault/pin_delay.h"

namespace coffer::vault {

namespace {

// Beyond this, waits that are over are forgotten. Each wrong PIN takes 20 ms, so few waits last at a time.
constexpr std::size_t kPlacesKept = 1024;

constexpr Error kTooManyWrong{Code::throttled, "too many wrong PINs: wait, a minute at most"};

}  // namespace

Status PinDelays::check(const PinPlace& place, std::uint64_t failures, std::uint64_t free) const {
  const std::lock_guard lock(mutex_);
  const auto found = waits_.find(place);
  const Wait wait = found == waits_.end() ? Wait{.begun = started_} : found->second;
  const std::uint64_t delay = pin_delay_milliseconds(failures + wait.failures_kept, free);
  if (delay == 0 || clock_.boot_milliseconds() >= wait.begun + delay) return {};
  return kTooManyWrong;
}

Status PinDelays::take_turn(const PinPlace& place, std::uint64_t failures, std::uint64_t free) {
  const std::uint64_t delay = pin_delay_milliseconds(failures, free);
  if (delay == 0) return {};
  const std::uint64_t now = clock_.boot_milliseconds();
  const std::lock_guard lock(mutex_);
  forget_over(now);
  const auto [turn, is_new] = waits_.try_emplace(place, Wait{.begun = now});
  if (is_new || now < turn->second.begun + delay) return kTooManyWrong;
  waits_.erase(turn);
  return {};
}

// The mutex is held.
void PinDelays::forget_over(std::uint64_t now) {
  if (waits_.size() < kPlacesKept) return;
  std::erase_if(waits_, [now](const auto& each) {
    const Wait& wait = each.second;
    return wait.failures_kept == 0 && wait.begun + kPinDelayMillisecondsMax <= now;
  });
}

void PinDelays::begin(const PinPlace& place) {
  const std::uint64_t now = clock_.boot_milliseconds();
  const std::lock_guard lock(mutex_);
  forget_over(now);
  waits_[place].begun = now;
}

void PinDelays::keep(const PinPlace& place, std::uint8_t failures) {
  const std::lock_guard lock(mutex_);
  waits_.try_emplace(place, Wait{.begun = started_}).first->second.failures_kept += failures;
}

void PinDelays::end_all(const PinPlace& place_of_anybody) {
  const std::lock_guard lock(mutex_);
  std::erase_if(waits_, [&](const auto& each) {
    return each.first.token == place_of_anybody.token && each.first.word == place_of_anybody.word;
  });
}

void PinDelays::end(const PinPlace& place) {
  const std::lock_guard lock(mutex_);
  waits_.erase(place);
}

}  // namespace coffer::vault
