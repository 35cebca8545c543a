// Worker: one batch of a socket whose turn it is, one of the rings; then events; then, for one worker, a
// bounded time of polling; then sleep.
#include "wire/worker.h"

#include <unistd.h>

#include <algorithm>
#include <span>
#include <tuple>
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
// So long a worker looks at events while there is nothing but what it may not serve.
constexpr int kOthersWaitMilliseconds = 1;
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
  if (count > 0) {
    const std::uint64_t begun = shared_.nanoseconds();
    handle(count, waiting > count && more_may_be_served());
    end_parts(count, shared_.nanoseconds() - begun);
  }
  for (std::size_t i = 0; i < entered_count_; ++i) entered_[i]->leave();
  entered_count_ = 0;
  return count > 0;
}

// Puts the rings of one share next to each other.
void Worker::sort_hot() {
  // The Service may change a share at any time: each is read once.
  std::vector<std::pair<TurnOf, std::shared_ptr<Connection>>> numbered;
  for (auto& connection : hot_) {
    const TurnOf turn = connection->turn();
    numbered.emplace_back(turn, std::move(connection));
  }
  std::ranges::sort(numbered, {}, [](const auto& each) { return each.first; });
  shares_.clear();
  for (std::size_t i = 0; i < numbered.size(); ++i) {
    if (shares_.empty() || shares_.back().turn != numbered[i].first) {
      shares_.push_back({.turn = numbered[i].first, .begin = i, .end = i, .next = i, .rank = {}});
    }
    ++shares_.back().end;
    hot_[i] = std::move(numbered[i].second);
  }
  shares_moved_ = false;
}

// Counts the requests in hot rings that wait for a worker like this one, and lets rings get cold that had
// none for long.
std::size_t Worker::count_waiting() {
  std::size_t waiting = 0;
  order_.clear();
  others_wait_ = false;
  for (Share& share : shares_) {
    std::size_t of_share = 0;
    for (std::size_t i = share.begin; i < share.end; ++i) {
      ServerRing& ring = *hot_[i]->ring();
      const std::size_t count = ring.count_waiting();
      of_share += count;
      if (count != 0 && hot_[i]->turn() != share.turn) shares_moved_ = true;
      if (count == 0 && ring.idle_turn() > kIdleTurnsMax && watching_) shared_.watch.cool(*hot_[i]);
    }
    if (of_share == 0) continue;
    if (!shared_.charges.may_enter(share.turn.principal)) {
      others_wait_ = true;
      continue;
    }
    waiting += of_share;
    order_.push_back(&share);
  }
  return waiting;
}

// Tells whether requests wait that another worker may serve.
bool Worker::more_may_be_served() const {
  return std::ranges::any_of(shares_, [this](const Share& share) {
    return std::any_of(hot_.begin() + static_cast<std::ptrdiff_t>(share.begin),
                       hot_.begin() + static_cast<std::ptrdiff_t>(share.end),
                       [](const auto& connection) { return connection->ring()->has_work(); }) &&
           shared_.charges.may_enter(share.turn.principal);
  });
}

// Tells how many of the waiting requests to take. Long requests are fastest eight together; but two of them
// are done sooner by two workers than by one.
std::size_t Worker::count_wanted(std::size_t waiting) const {
  const bool halves = was_long_ && waiting == 2 && shared_.watch.has_sleepers();
  return halves ? 1 : kBatchMax;
}

// Leaves in order_ those whose requests are handled together now, in the order of their turns, and those of a
// principal next to each other. Who is slow has a turn alone, and who has used more than the first by much
// waits.
void Worker::choose() {
  if (order_.size() < 2) return;
  for (Share* share : order_) share->rank = shared_.charges.rank(share->turn);
  std::ranges::sort(order_, {}, [](const Share* share) {
    return std::tuple(share->rank.of_principal, share->turn.principal, share->rank.of_share);
  });
  const Share* const first = order_.front();
  const Share* lead = first;  // the first of the same principal
  std::erase_if(order_, [&](const Share* share) {
    if (share == first) return false;
    if (lead->turn.principal != share->turn.principal) lead = share;
    return first->rank.is_slow || share->rank.is_slow ||
           share->rank.of_principal > first->rank.of_principal + kLongNanoseconds ||
           share->rank.of_share > lead->rank.of_share + kLongNanoseconds;
  });
}

// Fills the batch from the hot rings of order_: requests of several clients are handled together. Each
// principal gives as many as the others, and each of its shares, until they have no more; one that waits
// alone fills the batch.
std::size_t Worker::gather(std::size_t count_max, std::uint64_t now_boot_milliseconds) {
  choose();
  const auto end_of_principal = [this](auto each) {
    return std::find_if(each, order_.end(), [each](const Share* other) {
      return other->turn.principal != (*each)->turn.principal;
    });
  };
  std::size_t principals = 0;
  for (auto each = order_.begin(); each != order_.end(); each = end_of_principal(each)) ++principals;
  const std::size_t at_once = std::max<std::size_t>(1, count_max / std::max<std::size_t>(1, principals));
  std::size_t count = 0;
  std::size_t before = 0;
  do {
    before = count;
    for (auto begin = order_.begin(); begin != order_.end();) {
      const auto end = end_of_principal(begin);
      const std::size_t of_share = std::max<std::size_t>(1, at_once / static_cast<std::size_t>(end - begin));
      std::size_t left = at_once;
      for (; begin != end && left > 0 && !is_full(count, count_max); ++begin) {
        const std::size_t taken =
            take_part(**begin, count, std::min({of_share, left, count_max - count}), now_boot_milliseconds);
        left -= taken;
        count += taken;
      }
      begin = end;
    }
  } while (count > before && !is_full(count, count_max));
  return count;
}

// A heavy request is the last of its batch.
bool Worker::is_full(std::size_t count, std::size_t count_max) const {
  return count == count_max || (count > 0 && shared_.service.is_heavy(batch_[count - 1].op));
}

// Takes requests of one share, unless its principal may not have this worker.
std::size_t Worker::take_part(Share& share, std::size_t first, std::size_t count_max,
                              std::uint64_t now_boot_milliseconds) {
  const std::uint64_t principal = share.turn.principal;
  const bool is_inside =
      std::any_of(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(part_count_),
                  [&](const Part& each) { return each.turn.principal == principal; });
  if (!is_inside && !shared_.charges.try_enter(principal)) return 0;
  const std::size_t taken = take_from(share, first, count_max, now_boot_milliseconds);
  if (taken > 0) {
    shared_.charges.begin(share.turn);
    parts_[part_count_++] = {.turn = share.turn, .has_entered = !is_inside, .count = taken};
  } else if (!is_inside) {
    shared_.charges.leave(principal);
  }
  return taken;
}

// Charges those who gave to the batch for their part of its time.
void Worker::end_parts(std::size_t count, std::uint64_t nanoseconds) {
  for (std::size_t i = 0; i < part_count_; ++i) {
    const Part& part = parts_[i];
    shared_.charges.charge(part.turn, nanoseconds * part.count / count, nanoseconds);
    if (part.has_entered) shared_.charges.leave(part.turn.principal);
  }
  part_count_ = 0;
}

// Takes at most `count_max` requests of one share's rings to batch_[first] and behind.
std::size_t Worker::take_from(Share& share, std::size_t first, std::size_t count_max,
                              std::uint64_t now_boot_milliseconds) {
  const std::size_t ring_count = share.end - share.begin;
  const std::size_t start = share.next - share.begin;
  share.next = share.begin + (start + 1) % ring_count;
  std::size_t count = 0;
  for (std::size_t i = 0; i < ring_count && !is_full(first + count, first + count_max); ++i) {
    Connection& connection = *hot_[share.begin + (start + i) % ring_count];
    ServerRing& ring = *connection.ring();
    if (!ring.has_work() || !connection.enter()) continue;
    std::size_t taken = 0;
    // One by one: a heavy one is the last.
    while (!is_full(first + count + taken, first + count_max)) {
      const std::size_t next = first + count + taken;
      if (ring.take(std::span(batch_).subspan(next, 1), std::span(copies_).subspan(next, 1),
                    now_boot_milliseconds) == 0)
        break;
      ++taken;
    }
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
    answer(batch);
  } else {
    if (is_long && more_waits && shared_.watch.has_sleepers()) wake_another();
    answer(batch);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (carries_secret(batch[i].op)) copies_[i].wipe_now();
    batch[i].reply = Reply();
    batch[i].context.reset();
    batch[i].payload = {};
  }
}

// Nobody waits for the heavy request that was taken last.
void Worker::answer(std::span<Incoming> batch) {
  const bool ends_heavy = batch.size() > 1 && shared_.service.is_heavy(batch.back().op);
  const std::size_t together = ends_heavy ? batch.size() - 1 : batch.size();
  shared_.service.handle(batch.first(together));
  if (ends_heavy) shared_.service.handle(batch.last(1));
}

void Worker::serve_event(const Event& event) {
  switch (event.source) {
    case Source::listener: shared_.admission.accept_waiting(); return;
    case Source::door: shared_.admission.take_handed_over(); return;
    case Source::control: shared_.on_control(); return;
    case Source::wake:
    case Source::stop: return;
    case Source::socket: break;
  }
  const auto connection = shared_.table.find(event.connection);
  if (connection == nullptr) return;
  // Whoever has a ring sends nothing else over the socket but the bell.
  if ((event.flags & EPOLLIN) != 0) shared_.watch.heat(connection);
  if (connection->begin_events(event.flags) && !connection->hear_bells()) shared_.turns.push(connection);
}

// Serves the socket whose turn it is, and tells whether there was one.
bool Worker::serve_turn() {
  if (shared_.turns.is_empty()) return false;
  // Who came meanwhile has a turn too.
  for (unsigned i = 0; i < kEventsAtOnceMax && !shared_.watch.has_sleepers() && look_at_events(); ++i) {
  }
  const Turns::Taken taken = shared_.turns.take();
  if (taken.connection == nullptr) return false;
  if (!shared_.turns.is_empty() && shared_.watch.has_sleepers()) wake_another();
  const std::uint64_t begun = shared_.nanoseconds();
  const bool wants_another = serve_socket(taken.connection);
  const std::uint64_t nanoseconds = shared_.nanoseconds() - begun;
  shared_.charges.charge(taken.turn, nanoseconds, nanoseconds);
  shared_.charges.leave(taken.turn.principal);
  if (wants_another) shared_.turns.push(taken.connection);
  return true;
}

// Handles one batch of a connection that this worker owns, and tells whether there may be more.
bool Worker::serve_socket(const std::shared_ptr<Connection>& connection) {
  for (;;) {
    if (connection->has_events()) {
      const std::uint32_t flags = connection->take_events();
      if ((flags & (EPOLLHUP | EPOLLERR)) != 0 || !connection->flush().ok()) {
        close(connection);
        return false;
      }
    }
    bool ended = false;
    const std::size_t count = connection->take(batch_, inbox_, clock_.boot_milliseconds(), ended);
    if (count > 1) connection->hold_output();
    if (count > 0) handle(count, false);
    connection->settle();
    if (count > 1 && !connection->flush().ok()) ended = true;
    if (ended) {
      close(connection);
      return false;
    }
    if (count > 0 || connection->has_more()) return true;
    if (connection->end_events()) return false;
  }
}

void Worker::close(const std::shared_ptr<Connection>& connection) {
  if (ServerRing* const ring = connection->ring()) ring->end();
  shared_.watch.remove(*connection);
  shared_.table.remove(*connection);
  connection->close();
  if (shared_.admission.is_paused()) shared_.admission.accept_waiting();
}

// Tells whether there was an event.
bool Worker::look_at_events() {
  cut_silent();
  const auto event = shared_.events.wait(0);
  if (event) serve_event(*event);
  return event.has_value();
}

void Worker::idle_turn() {
  if (others_wait_) return leave_to_others();
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

// Whoever has all the workers it may have is served by these: whichever is done first watches the rings
// again. Meanwhile the clients of others ring their bells.
void Worker::leave_to_others() {
  const bool work_waits = shared_.watch.guard_with_bells();
  watching_ = false;
  shared_.watch.lead_no_more();
  if (!work_waits) {
    if (const auto event = shared_.events.wait(kOthersWaitMilliseconds)) serve_event(*event);
  }
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
    event = shared_.events.wait(milliseconds_to_sleep());
  }
  shared_.watch.end_sleep();
  cut_silent();
  if (event) {
    serve_event(*event);
  } else if (may_sleep && shared_.admission.is_paused()) {
    shared_.admission.accept_waiting();
  }
}

// Until something happens; or until it may be tried again to accept, or somebody has been silent for too
// long.
int Worker::milliseconds_to_sleep() const {
  int most = shared_.admission.is_paused() ? Admission::kRetryMilliseconds : -1;
  const std::uint64_t until = shared_.table.silent_until();
  if (until == 0) return most;
  const std::uint64_t now = clock_.boot_milliseconds();
  const int silent = until <= now ? 0 : static_cast<int>(std::min(until - now, kHelloMilliseconds));
  return most < 0 ? silent : std::min(most, silent);
}

void Worker::cut_silent() {
  const std::uint64_t until = shared_.table.silent_until();
  if (until == 0) return;
  const std::uint64_t now = clock_.boot_milliseconds();
  if (now >= until) shared_.table.cut_silent(now);
}

void Worker::wake_another() {
  const std::uint64_t one = 1;
  // A full counter means that somebody is being woken already.
  if (::write(shared_.wake.get(), &one, sizeof(one)) < 0) return;
}

}  // namespace coffer::wire
