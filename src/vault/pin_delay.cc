// PinDelays: the time of the last wrong PIN of each identity.
#include "vault/pin_delay.h"

#include "vault/pin.h"

namespace coffer::vault {

namespace {

// Beyond this, waits that are over are forgotten. Each wrong PIN takes 20 ms, so few waits last at a time.
constexpr std::size_t kPlacesKept = 1024;

}  // namespace

Status PinDelays::check(const PinPlace& place, std::uint8_t failures) const {
  const std::uint64_t delay = pin_delay_milliseconds(failures);
  if (delay == 0) return {};
  const std::lock_guard lock(mutex_);
  const auto begun = begun_.find(place);
  const std::uint64_t since = begun == begun_.end() ? started_ : begun->second;
  if (clock_.boot_milliseconds() >= since + delay) return {};
  return Error{Code::throttled, "too many wrong PINs: wait for up to five seconds"};
}

void PinDelays::begin(const PinPlace& place) {
  const std::uint64_t now = clock_.boot_milliseconds();
  const std::lock_guard lock(mutex_);
  if (begun_.size() >= kPlacesKept) {
    std::erase_if(begun_, [now](const auto& each) {
      return each.second + pin_delay_milliseconds(kPinTriesMax) <= now;
    });
  }
  begun_.insert_or_assign(place, now);
}

}  // namespace coffer::vault
