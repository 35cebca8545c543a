// EventSet: epoll(7).
#include "wire/event_set.h"

#include "host/errno_error.h"

namespace coffer::wire {

namespace {

// The lowest bits of the 64 that epoll keeps for us are the source, the others the connection.
constexpr unsigned kSourceBits = 3;
constexpr std::uint64_t kSourceMask = (1U << kSourceBits) - 1;

epoll_event describe(std::uint32_t flags, Source source, std::uint64_t connection) {
  epoll_event event{};
  event.events = flags;
  event.data.u64 = (connection << kSourceBits) | static_cast<std::uint64_t>(source);
  return event;
}

}  // namespace

Result<EventSet> EventSet::create() {
  host::Descriptor set(::epoll_create1(EPOLL_CLOEXEC));
  if (!set.is_open()) return host::errno_error("cannot make an event set");
  return EventSet(std::move(set));
}

Status EventSet::add(const host::Descriptor& descriptor, std::uint32_t flags, Source source,
                     std::uint64_t connection) {
  epoll_event event = describe(flags, source, connection);
  if (::epoll_ctl(set_.get(), EPOLL_CTL_ADD, descriptor.get(), &event) != 0) {
    return host::errno_error("cannot watch a descriptor");
  }
  return {};
}

void EventSet::change(const host::Descriptor& descriptor, std::uint32_t flags, Source source,
                      std::uint64_t connection) {
  epoll_event event = describe(flags, source, connection);
  ::epoll_ctl(set_.get(), EPOLL_CTL_MOD, descriptor.get(), &event);
}

void EventSet::remove(const host::Descriptor& descriptor) {
  epoll_event unused{};
  ::epoll_ctl(set_.get(), EPOLL_CTL_DEL, descriptor.get(), &unused);
}

std::optional<Event> EventSet::wait(int milliseconds) {
  epoll_event event{};
  if (::epoll_wait(set_.get(), &event, 1, milliseconds) != 1) return {};
  return Event{static_cast<Source>(event.data.u64 & kSourceMask), event.data.u64 >> kSourceBits,
               event.events};
}

}  // namespace coffer::wire
