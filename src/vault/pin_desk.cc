// PinDesk: a lane for each user who waits, served one after the other.
#include "vault/pin_desk.h"

#include <utility>

#include "base/secret_room.h"
#include "base/secret_stack.h"

namespace coffer::vault {

namespace {

std::size_t of_user_max() { return secret_room() == SecretRoom::scarce ? 1 : kPinsOfUserMax; }

}  // namespace

PinDesk::PinDesk(std::function<void(wire::Incoming& incoming)> answer)
    : answer_(std::move(answer)), thread_([this] { on_secret_stack([this] { run(); }); }) {}

void PinDesk::take(std::uint64_t user, wire::Incoming& incoming) {
  if (incoming.payload.size() > kPinRequestBytesMax)
    return incoming.reply.fail(Error{Code::malformed, "a request with a PIN is too long"});
  {
    const std::lock_guard lock(mutex_);
    const auto lane = lanes_.find(user);
    const std::size_t waiting = lane == lanes_.end() ? 0 : lane->second.size();
    const bool has_room = waiting == 0 || (waiting < of_user_max() && count_ < kPinsMax);
    if (has_room) {
      Waiting next{.octets = SecretBytes::copy_of(incoming.payload), .incoming = std::move(incoming)};
      next.incoming.payload = next.octets.reveal();
      lanes_[user].push_back(std::move(next));
      ++count_;
      changed_.notify_one();
      return;
    }
  }
  incoming.reply.fail(kTooManyPins);
}

void PinDesk::forget(std::uint64_t user, const wire::ConnectionContext& context) {
  Lane gone;  // is answered without the lock
  const std::lock_guard lock(mutex_);
  const auto lane = lanes_.find(user);
  if (lane == lanes_.end()) return;
  Lane kept;
  for (Waiting& each : lane->second) {
    (each.incoming.context.get() == &context ? gone : kept).push_back(std::move(each));
  }
  count_ -= gone.size();
  lane->second = std::move(kept);
  if (lane->second.empty()) lanes_.erase(lane);
}

void PinDesk::stop() {
  std::map<std::uint64_t, Lane> gone;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    gone.swap(lanes_);
    count_ = 0;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// Waits for the request whose turn it is. False when there will be none.
bool PinDesk::next(Waiting& chosen) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !lanes_.empty(); });
  if (stopping_) return false;
  auto lane = lanes_.upper_bound(served_);
  if (lane == lanes_.end()) lane = lanes_.begin();
  served_ = lane->first;
  chosen = std::move(lane->second.front());
  lane->second.pop_front();
  --count_;
  if (lane->second.empty()) lanes_.erase(lane);
  return true;
}

void PinDesk::run() {
  for (;;) {
    Waiting chosen;
    if (!next(chosen)) return;
    answer_(chosen.incoming);
  }
}

}  // namespace coffer::vault
