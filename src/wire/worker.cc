// Worker: one batch of a socket whose turn it is, one of the rings; then events; then, for one worker, a
// bounded time of polling; then sleep.
#include "wire/worker.h"

#include <unistd.h>

#include <algorithm>
#include <span>
#include <utility>

#include "base/secret.h"
#include "wire/cpu_relax.h"

namespace coffer::wire {

namespace {

// A ring without work for so many turns in a row gets cold. A turn without anybody else on the processor
// takes some 200 ns; every kTurnsPerYield-th lets others run.
constexpr unsigned kIdleTurnsMax = 1000;
constexpr unsigned kTurnsPerYield = 32;
constexpr unsigned kRelaxesPerTurn = 3;
// When no worker sleeps in the event set, those at work look at it after so many turns, or after one long
// batch.
constexpr unsigned kTurnsPerLook = 64;
// ... and after so much time, when the service itself has to wait.
constexpr std::uint64_t kMillisecondsPerLook = 1000;
// So many events are looked at before the next turn, when no worker sleeps in the event set.
constexpr unsigned kEventsAtOnceMax = 16;

}  // namespace

void Worker::run() {
  while (!shared_.stopping.load(std::memory_order_relaxed)) {
    if (!watching_ && !shared_.watch.is_empty()) {
      watching_ = shared_.watch.try_lead();
      if (watching_) shared_.watch.guard_by_polling();
    }
    ++turns_;
    if ((std::exchange(looks_soon_, false) || turns_ % kTurnsPerLook == 0) && !shared_.watch.has_sleepers()) {
      look_at_events();
    }
    const bool served = serve_turn();
    if (serve_rings() || served) continue;
    if (watching_ && !shared_.watch.is_empty()) {
      idle_turn();
    } else {
      sleep();
    }
  }
  if (watching_) shared_.watch.lead_no_more();
}

bool Worker::serve_rings() {
  if (shared_.watch.is_empty()) return false;
  if (version_ != shared_.watch.version()) {
    version_ = shared_.watch.copy(hot_);
    sort_hot();
  } else if (shares_moved_) {
    sort_hot();
  }
  const std::size_t waiting = count_waiting();
  if (waiting == 0) return false;
  const std::uint64_t now = clock_.boot_milliseconds();
  if (now >= next_look_) {
    looks_soon_ = true;
    next_look_ = now + kMillisecondsPerLook;
  }
  const std::size_t count = gather(count_wanted(waiting), now);
  if (count > 0) handle(count, waiting > count);
  for (std::size_t i = 0; i < entered_count_; ++i) entered_[i]->leave();
  entered_count_ = 0;
  return count > 0;
}

// Puts the rings of one share next to each other.
void Worker::sort_hot() {
  // The Service may change a share at any time: each is read once.
  std::vector<std::pair<std::uint64_t, std::shared_ptr<Connection>>> numbered;
  for (auto& connection : hot_) numbered.emplace_back(connection->share(), std::move(connection));
  std::ranges::sort(numbered, {}, [](const auto& each) { return each.first; });
  shares_.clear();
  for (std::size_t i = 0; i < numbered.size(); ++i) {
    if (shares_.empty() || shares_.back().number != numbered[i].first) {
      shares_.push_back({.number = numbered[i].first, .begin = i, .end = i, .next = i});
    }
    ++shares_.back().end;
    hot_[i] = std::move(numbered[i].second);
  }
  shares_moved_ = false;
}

// Counts the requests that wait in hot rings, and lets rings get cold that had none for long.
std::size_t Worker::count_waiting() {
  std::size_t waiting = 0;
  waiting_share_count_ = 0;
  for (const Share& share : shares_) {
    const std::size_t before = waiting;
    for (std::size_t i = share.begin; i < share.end; ++i) {
      ServerRing& ring = *hot_[i]->ring();
      const std::size_t count = ring.count_waiting();
      waiting += count;
      if (count != 0 && hot_[i]->share() != share.number) shares_moved_ = true;
      if (count == 0 && ring.idle_turn() > kIdleTurnsMax && watching_) shared_.watch.cool(*hot_[i]);
    }
    if (waiting > before) ++waiting_share_count_;
  }
  return waiting;
}

// Tells how many of the waiting requests to take. Long requests are fastest eight together; but two of them
// are done sooner by two workers than by one.
std::size_t Worker::count_wanted(std::size_t waiting) const {
  const bool halves = was_long_ && waiting == 2 && shared_.watch.has_sleepers();
  return halves ? 1 : kBatchMax;
}

// Fills the batch from all hot rings: requests of several clients are handled together. Each share that waits
// gives as many as the others, until it has no more; one that waits alone fills the batch.
std::size_t Worker::gather(std::size_t count_max, std::uint64_t now_boot_milliseconds) {
  const std::size_t at_once =
      std::max<std::size_t>(1, count_max / std::max<std::size_t>(1, waiting_share_count_));
  std::size_t count = 0;
  std::size_t idle = 0;  // shares in a row that gave nothing
  while (count < count_max && idle < shares_.size()) {
    next_share_ %= shares_.size();
    const std::size_t taken =
        take_from(shares_[next_share_++], count, std::min(at_once, count_max - count), now_boot_milliseconds);
    count += taken;
    idle = taken == 0 ? idle + 1 : 0;
  }
  return count;
}

// Takes at most `count_max` requests of one share's rings to batch_[first] and behind.
std::size_t Worker::take_from(Share& share, std::size_t first, std::size_t count_max,
                              std::uint64_t now_boot_milliseconds) {
  const std::size_t ring_count = share.end - share.begin;
  const std::size_t start = share.next - share.begin;
  share.next = share.begin + (start + 1) % ring_count;
  std::size_t count = 0;
  for (std::size_t i = 0; i < ring_count && count < count_max; ++i) {
    Connection& connection = *hot_[share.begin + (start + i) % ring_count];
    ServerRing& ring = *connection.ring();
    if (!ring.has_work() || !connection.enter()) continue;
    const std::size_t taken = ring.take(std::span(batch_).subspan(first + count, count_max - count),
                                        std::span(copies_).subspan(first + count), now_boot_milliseconds);
    if (taken == 0) {
      connection.leave();
      continue;
    }
    ring.note_work();
    count += taken;
    entered_[entered_count_++] = &connection;
  }
  return count;
}

// Lets the service answer the batch. While that takes long, somebody else must see to the rings.
void Worker::handle(std::size_t count, bool more_waits) {
  const std::span<Incoming> batch = std::span(batch_).first(count);
  const bool is_long = std::any_of(batch.begin(), batch.end(), [this](const Incoming& incoming) {
    return shared_.service.is_long(incoming.op, incoming.payload);
  });
  was_long_ = is_long;
  looks_soon_ = looks_soon_ || is_long;
  const bool leaves_watch = is_long && std::exchange(watching_, false);
  if (leaves_watch) shared_.watch.lead_no_more();
  if (leaves_watch && shared_.watch.has_sleepers()) {
    const Absence absence(shared_.watch, count);
    if (more_waits || absence.work_waits()) wake_another();
    shared_.service.handle(batch);
  } else {
    if (is_long && more_waits && shared_.watch.has_sleepers()) wake_another();
    shared_.service.handle(batch);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (carries_secret(batch[i].op)) copies_[i].wipe_now();
    batch[i].reply = Reply();
    batch[i].context.reset();
    batch[i].payload = {};
  }
}

void Worker::serve_event(const Event& event) {
  switch (event.source) {
    case Source::listener: shared_.admission.accept_waiting(); return;
    case Source::door: shared_.admission.take_handed_over(); return;
    case Source::control: shared_.on_control(); return;
    case Source::wake:
    case Source::stop: return;
    case Source::socket:
    case Source::bell: break;
  }
  const auto connection = shared_.table.find(event.connection);
  if (connection == nullptr) return;
  if (event.source == Source::bell) {
    shared_.watch.heat(connection);
  } else if (connection->begin_events(event.flags)) {
    shared_.turns.push(connection);
  }
}

// Serves the socket whose turn it is, and tells whether there was one.
bool Worker::serve_turn() {
  if (shared_.turns.is_empty()) return false;
  // Who came meanwhile has a turn too.
  for (unsigned i = 0; i < kEventsAtOnceMax && !shared_.watch.has_sleepers() && look_at_events(); ++i) {
  }
  const auto connection = shared_.turns.pop();
  if (connection == nullptr) return false;
  if (!shared_.turns.is_empty() && shared_.watch.has_sleepers()) wake_another();
  serve_socket(connection);
  return true;
}

// Handles one batch of a connection that this worker owns, and puts it back unless that was all.
void Worker::serve_socket(const std::shared_ptr<Connection>& connection) {
  for (;;) {
    if (connection->has_events()) {
      const std::uint32_t flags = connection->take_events();
      if ((flags & (EPOLLHUP | EPOLLERR)) != 0 || !connection->flush().ok()) return close(connection);
    }
    bool ended = false;
    const std::size_t count = connection->take(batch_, inbox_, clock_.boot_milliseconds(), ended);
    if (count > 1) connection->hold_output();
    if (count > 0) handle(count, false);
    connection->settle();
    if (count > 1 && !connection->flush().ok()) ended = true;
    if (ended) return close(connection);
    if (count > 0 || connection->has_more()) return shared_.turns.push(connection);
    if (connection->end_events()) return;
  }
}

void Worker::close(const std::shared_ptr<Connection>& connection) {
  shared_.watch.remove(*connection);
  shared_.table.remove(*connection);
  connection->close();
  if (shared_.admission.is_paused()) shared_.admission.accept_waiting();
}

// Tells whether there was an event.
bool Worker::look_at_events() {
  const auto event = shared_.events.wait(0);
  if (event) serve_event(*event);
  return event.has_value();
}

void Worker::idle_turn() {
  if (crowding_.is_crowded()) {
    // Let the clients ring their bells: on a busy machine a sleeper is woken sooner than a watcher gets its
    // turn.
    for (const auto& connection : hot_) shared_.watch.cool(*connection);
    return;
  }
  if (turns_ % kTurnsPerYield == 0) {
    crowding_.yield();
    return;
  }
  for (unsigned i = 0; i < kRelaxesPerTurn; ++i) cpu_relax();
}

void Worker::sleep() {
  if (std::exchange(watching_, false)) shared_.watch.lead_no_more();
  hot_.clear();
  shares_.clear();
  version_ = ~std::uint64_t{0};
  // Who leaves connections behind for their turns looks for sleepers afterwards.
  const bool may_sleep = shared_.watch.begin_sleep() && shared_.turns.is_empty();
  std::optional<Event> event;
  if (may_sleep) {
    for (PrivateCopy& copy : copies_) copy.shrink();
    event = shared_.events.wait(shared_.admission.is_paused() ? Admission::kRetryMilliseconds : -1);
  }
  shared_.watch.end_sleep();
  if (event) {
    serve_event(*event);
  } else if (may_sleep && shared_.admission.is_paused()) {
    shared_.admission.accept_waiting();
  }
}

void Worker::wake_another() {
  const std::uint64_t one = 1;
  // A full counter means that somebody is being woken already.
  if (::write(shared_.wake.get(), &one, sizeof(one)) < 0) return;
}

}  // namespace coffer::wire
