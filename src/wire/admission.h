// Admission: takes new connections from the listening socket, and turns away those that may not come in.
#pragma once

#include <atomic>

#include "base/clock.h"
#include "base/result.h"
#include "host/descriptor.h"
#include "wire/connection_table.h"
#include "wire/event_set.h"
#include "wire/server.h"

namespace coffer::wire {

// Admission is safe from many threads at once.
class Admission final {
 public:
  // Who is admitted has `hello_milliseconds` to say Hello.
  Admission(host::Descriptor listener, host::Descriptor door, std::uint64_t hello_milliseconds,
            ConnectionTable& table, EventSet& events, Service& service)
      : listener_(std::move(listener)),
        door_(std::move(door)),
        hello_milliseconds_(hello_milliseconds),
        table_(table),
        events_(events),
        service_(service) {}

  // start makes the events of the listener and the door come.
  Status start();
  // take_handed_over admits or refuses those whom the door brought, a bounded number at a time.
  void take_handed_over();
  // accept_waiting admits or refuses who waits, a bounded number at a time.
  void accept_waiting();

  // is_paused tells that descriptors ran out: accept_waiting() must be called when a connection has ended, or
  // after kRetryMilliseconds, since the listener will not report again.
  [[nodiscard]] bool is_paused() const { return paused_.load(std::memory_order_relaxed); }
  static constexpr int kRetryMilliseconds = 100;

 private:
  void admit(host::Descriptor socket);
  Status try_admit(host::Descriptor& socket);
  Status try_admit_handed_over(host::Descriptor& socket, Bytes identity);
  // Place is what the table has reserved.
  struct Place {
    Owner owner;
    std::shared_ptr<Budget> budget;  // shared by the connections of the user
  };
  Status enter(host::Descriptor& socket, Place place, Result<std::shared_ptr<ConnectionContext>> context);

  host::Descriptor listener_;
  host::Descriptor door_;
  const std::uint64_t hello_milliseconds_;
  ConnectionTable& table_;
  EventSet& events_;
  Service& service_;
  SystemClock clock_;
  std::atomic<bool> paused_ = false;
};

}  // namespace coffer::wire
