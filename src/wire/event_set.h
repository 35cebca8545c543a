// EventSet: the epoll set that all workers of a server wait on.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "host/descriptor.h"

namespace coffer::wire {

// Source says what an event is about.
enum class Source : std::uint8_t { listener = 0, wake = 1, stop = 2, socket = 3, door = 4, control = 5 };

// Event is what happened (EPOLLIN, ...), and to which connection.
struct Event {
  Source source{};
  std::uint64_t connection = 0;
  std::uint32_t flags = 0;
};

// EventSet gives each event to one of the threads that wait. Safe from many threads at once.
class EventSet final {
 public:
  static Result<EventSet> create();

  Status add(const host::Descriptor& descriptor, std::uint32_t flags, Source source,
             std::uint64_t connection = 0);
  // change sets other flags; what holds already is reported again.
  void change(const host::Descriptor& descriptor, std::uint32_t flags, Source source,
              std::uint64_t connection = 0);
  // remove must come before closing a descriptor that another process has too.
  void remove(const host::Descriptor& descriptor);

  // wait gives the next event, or nothing after `milliseconds` (-1: never).
  std::optional<Event> wait(int milliseconds);

 private:
  explicit EventSet(host::Descriptor set) : set_(std::move(set)) {}

  host::Descriptor set_;
};

}  // namespace coffer::wire
