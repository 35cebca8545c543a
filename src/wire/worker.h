// Worker: one thread of the server - polls rings, waits for events, hands requests to the service.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "host/descriptor.h"
#include "wire/admission.h"
#include "wire/connection_table.h"
#include "wire/crowding.h"
#include "wire/event_set.h"
#include "wire/private_copy.h"
#include "wire/ring_watch.h"
#include "wire/server.h"

namespace coffer::wire {

// Shared is what all workers of one server use together.
struct Shared {
  Service& service;
  EventSet& events;
  ConnectionTable& table;
  Admission& admission;
  RingWatch& watch;
  const host::Descriptor& wake;  // an eventfd in `events`: each write wakes one worker
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
  std::size_t gather(std::size_t count_max, std::uint64_t now_boot_milliseconds);
  std::size_t count_waiting() const;
  [[nodiscard]] std::size_t share_of(std::size_t waiting) const;
  void handle(std::size_t count, bool more_waits);
  void serve_event(const Event& event);
  void serve_socket(const std::shared_ptr<Connection>& connection);
  void close(const std::shared_ptr<Connection>& connection);
  void look_at_events();
  void idle_turn();
  void sleep();
  void wake_another();

  Shared shared_;
  SystemClock clock_;
  bool watching_ = false;
  bool was_long_ = false;    // the last batch was
  bool looks_soon_ = false;  // at the events
  unsigned turns_ = 0;
  Crowding crowding_;

  std::vector<std::shared_ptr<Connection>> hot_;  // a copy of the watch's list, of version_
  std::uint64_t version_ = ~std::uint64_t{0};
  std::size_t next_hot_ = 0;  // where to look first, so that no ring starves

  std::array<Incoming, kBatchMax> batch_;
  std::array<PrivateCopy, kBatchMax> copies_;
  std::array<Connection*, kBatchMax> entered_{};  // connections of this batch, each entered once
  std::size_t entered_count_ = 0;
};

}  // namespace coffer::wire
