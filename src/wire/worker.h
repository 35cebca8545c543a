// Worker: one thread of the server - polls rings, waits for events, hands requests to the service.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "host/descriptor.h"
#include "wire/admission.h"
#include "wire/charges.h"
#include "wire/connection_table.h"
#include "wire/crowding.h"
#include "wire/event_set.h"
#include "wire/private_copy.h"
#include "wire/ring_watch.h"
#include "wire/server.h"
#include "wire/turns.h"

namespace coffer::wire {

// Shared is what all workers of one server use together.
struct Shared {
  Service& service;
  EventSet& events;
  ConnectionTable& table;
  Admission& admission;
  RingWatch& watch;
  Charges& charges;
  Turns& turns;
  const std::function<std::uint64_t()>& nanoseconds;
  const host::Descriptor& wake;  // an eventfd in `events`: each write wakes one worker
  const std::function<void()>& on_control;
  const std::atomic<bool>& stopping;
};

// Worker belongs to one thread.
class Worker final {
 public:
  explicit Worker(const Shared& shared) : shared_(shared) {}

  // run works until the server stops.
  void run();

 private:
  bool serve_rings();
  // Share is the part of hot_ that takes turns as one; `next` is the ring to look at first.
  struct Share {
    TurnOf turn;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t next = 0;
    Charges::Rank rank;  // while it waits
  };
  // Part is what one share gave to a batch.
  struct Part {
    TurnOf turn;
    bool has_entered = false;  // this part entered its principal into the charges
    std::size_t count = 0;
  };

  void sort_hot();
  std::size_t gather(std::size_t count_max, std::uint64_t now_boot_milliseconds);
  void choose();
  std::size_t take_part(Share& share, std::size_t first, std::size_t count_max,
                        std::uint64_t now_boot_milliseconds);
  void end_parts(std::size_t count, std::uint64_t nanoseconds);
  [[nodiscard]] bool is_full(std::size_t count, std::size_t count_max) const;
  std::size_t take_from(Share& share, std::size_t first, std::size_t count_max,
                        std::uint64_t now_boot_milliseconds);
  std::size_t count_waiting();
  [[nodiscard]] bool more_may_be_served() const;
  [[nodiscard]] std::size_t count_wanted(std::size_t waiting) const;
  void handle(std::size_t count, bool more_waits);
  void answer(std::span<Incoming> batch);
  void serve_event(const Event& event);
  bool serve_turn();
  // serve_socket tells whether the connection wants another turn.
  bool serve_socket(const std::shared_ptr<Connection>& connection);
  void close(const std::shared_ptr<Connection>& connection);
  bool look_at_events();
  void idle_turn();
  void leave_to_others();
  void sleep();
  void wake_another();
  [[nodiscard]] int milliseconds_to_sleep() const;
  void cut_silent();

  Shared shared_;
  SystemClock clock_;
  bool watching_ = false;
  bool was_long_ = false;    // the last batch was
  bool looks_soon_ = false;  // at the events
  std::uint64_t next_look_ = 0;
  unsigned turns_ = 0;
  Crowding crowding_;

  std::vector<std::shared_ptr<Connection>> hot_;  // a copy of the watch's list, of version_
  std::uint64_t version_ = ~std::uint64_t{0};
  std::vector<Share> shares_;  // of hot_, which is sorted by them
  std::vector<Share*> order_;  // those that wait, in the order of their turns
  bool shares_moved_ = false;  // a connection is of another share now
  bool others_wait_ = false;   // requests wait that another worker is to serve

  // What is read of sockets lies here while it is looked at.
  static constexpr std::size_t kInboxBytes = 32768;
  Buffer inbox_ = Buffer(kInboxBytes);
  std::array<Incoming, kBatchMax> batch_;
  std::array<PrivateCopy, kBatchMax> copies_;
  std::array<Connection*, kBatchMax> entered_{};  // connections of this batch, once for each taking
  std::size_t entered_count_ = 0;
  std::array<Part, kBatchMax> parts_;  // of this batch
  std::size_t part_count_ = 0;
};

}  // namespace coffer::wire
