// RingWatch: which rings are polled, by whom, and which clients must ring the bell instead.
//
// A ring is hot from its first request until it has had no work for a while; workers poll hot rings. Of the
// workers with nothing to do, one is the watcher and keeps polling; the others sleep in the event set. A ring
// that is not hot has chip_sleeps set, so that its client rings the bell, which wakes a worker. So has a hot
// ring while the watcher is busy with long requests and others sleep: it is guarded by its bell then.
//
// What must hold: a hot ring without chip_sleeps is looked at again, soon, by a worker that is awake. A ring
// whose principal has all the workers that it may have needs no bell: one of them looks at it when it is
// done, and nobody else may serve it before.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "wire/charges.h"
#include "wire/connection.h"

namespace coffer::wire {

// RingWatch is safe from many threads at once.
class RingWatch final {
 public:
  explicit RingWatch(const Charges& charges) : charges_(charges) {}

  // heat makes a ring hot: its client has something to do.
  void heat(const std::shared_ptr<Connection>& connection);
  // cool ends that, unless a request came in the very last moment.
  void cool(const Connection& connection);
  // remove forgets a connection that is closed.
  void remove(const Connection& connection);

  // version changes with the list of hot rings; copy() gives the list.
  [[nodiscard]] std::uint64_t version() const { return version_.load(); }
  [[nodiscard]] bool is_empty() const { return hot_count_.load() == 0; }
  std::uint64_t copy(std::vector<std::shared_ptr<Connection>>& list) const;

  // try_lead makes the caller the watcher when there is none; lead_no_more ends that.
  bool try_lead();
  void lead_no_more() { has_watcher_.store(false); }

  // begin_sleep counts a worker that wants to sleep, and tells whether it may; end_sleep must follow either
  // way.
  bool begin_sleep();
  void end_sleep() { sleepers_.fetch_sub(1); }
  [[nodiscard]] bool has_sleepers() const { return sleepers_.load() > 0; }

  // guard_with_bells makes clients of hot rings that need one ring their bells; it tells whether requests
  // wait in these already.
  bool guard_with_bells();
  // guard_by_polling ends that: the caller polls.
  void guard_by_polling();

 private:
  // The mutex is held.
  [[nodiscard]] bool needs_bell(const Connection& connection) const {
    return with_bells_.load() && charges_.may_enter(connection.turn().principal);
  }

  const Charges& charges_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Connection>> hot_;
  std::atomic<bool> with_bells_ = false;  // chip_sleeps is set in hot rings
  std::atomic<std::uint64_t> version_ = 0;
  std::atomic<std::size_t> hot_count_ = 0;

  alignas(kCacheLineBytes) std::atomic<bool> has_watcher_ = false;
  std::atomic<std::uint32_t> sleepers_ = 0;
};

// Absence is the time in which a worker that should watch the rings handles long requests instead. It lives
// on the worker's stack. Just before the last of `replies` goes out, the rings are polled again, so that a
// client with one thread never rings the bell.
class Absence final {
 public:
  Absence(RingWatch& watch, std::size_t replies);
  Absence(const Absence&) = delete;
  Absence& operator=(const Absence&) = delete;
  ~Absence();

  // work_waits tells whether a request came while the bells were handed out, so that nobody rang.
  [[nodiscard]] bool work_waits() const { return work_waits_; }

  // about_to_answer is called by every thread before it hands a reply to a client.
  static void about_to_answer();

 private:
  RingWatch& watch_;
  std::size_t replies_left_;
  bool work_waits_;
};

}  // namespace coffer::wire
