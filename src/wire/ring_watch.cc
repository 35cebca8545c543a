// RingWatch: one lock for every change between polling and bells, so that no wake-up is lost.
#include "wire/ring_watch.h"

#include <algorithm>

namespace coffer::wire {

namespace {

// The absence of the worker that this thread is, if any.
constinit thread_local Absence* current_absence = nullptr;

}  // namespace

void RingWatch::heat(const std::shared_ptr<Connection>& connection) {
  ServerRing* const ring = connection->ring();
  if (ring == nullptr) return;
  const std::lock_guard lock(mutex_);
  // Nobody would take what is left in it, nor cool it.
  if (ring->has_ended()) return;
  ring->note_work();
  ring->set_chip_sleeps(needs_bell(*connection));
  if (std::find(hot_.begin(), hot_.end(), connection) != hot_.end()) return;
  hot_.push_back(connection);
  hot_count_.store(hot_.size());
  version_.fetch_add(1);
}

void RingWatch::cool(const Connection& connection) {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(hot_.begin(), hot_.end(), [&](const auto& hot) { return hot.get() == &connection; });
  if (found == hot_.end()) return;
  ServerRing& ring = *connection.ring();
  ring.set_chip_sleeps(true);
  if (ring.has_work()) {
    ring.note_work();
    ring.set_chip_sleeps(needs_bell(connection));
    return;
  }
  hot_.erase(found);
  hot_count_.store(hot_.size());
  version_.fetch_add(1);
}

void RingWatch::remove(const Connection& connection) {
  const std::lock_guard lock(mutex_);
  if (std::erase_if(hot_, [&](const auto& hot) { return hot.get() == &connection; }) == 0) return;
  hot_count_.store(hot_.size());
  version_.fetch_add(1);
}

std::uint64_t RingWatch::copy(std::vector<std::shared_ptr<Connection>>& list) const {
  const std::lock_guard lock(mutex_);
  list = hot_;
  return version_.load();
}

bool RingWatch::try_lead() {
  if (has_watcher_.load()) return false;
  return !has_watcher_.exchange(true);
}

// A watcher that stops watching looks at the sleepers afterwards; a worker that goes to sleep looks for the
// watcher after it has been counted. So at least one of the two sees the other.
bool RingWatch::begin_sleep() {
  sleepers_.fetch_add(1);
  return has_watcher_.load() || is_empty();
}

bool RingWatch::guard_with_bells() {
  const std::lock_guard lock(mutex_);
  with_bells_.store(true);
  bool work_waits = false;
  for (const auto& connection : hot_) {
    if (!needs_bell(*connection)) continue;
    connection->ring()->set_chip_sleeps(true);
    work_waits = work_waits || connection->ring()->has_work();
  }
  return work_waits;
}

void RingWatch::guard_by_polling() {
  if (!with_bells_.load()) return;
  const std::lock_guard lock(mutex_);
  with_bells_.store(false);
  for (const auto& connection : hot_) connection->ring()->set_chip_sleeps(false);
}

Absence::Absence(RingWatch& watch, std::size_t replies)
    : watch_(watch), replies_left_(replies), work_waits_(watch.guard_with_bells()) {
  current_absence = this;
}

Absence::~Absence() {
  current_absence = nullptr;
  watch_.guard_by_polling();
}

void Absence::about_to_answer() {
  Absence* const absence = current_absence;
  if (absence == nullptr || --absence->replies_left_ > 0) return;
  current_absence = nullptr;
  absence->watch_.guard_by_polling();
}

}  // namespace coffer::wire
