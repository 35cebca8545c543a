// Loop: epoll(7).
#include "net/loop.h"

#include <sys/epoll.h>

#include <array>

#include "host/errno_error.h"

namespace coffer::net {

namespace {

static_assert(kReadable == EPOLLIN && kWritable == EPOLLOUT);
constexpr std::size_t kEventsAtOnce = 64;

}  // namespace

Result<std::unique_ptr<Loop>> Loop::create() {
  host::Descriptor set(::epoll_create1(EPOLL_CLOEXEC));
  if (!set.is_open()) return host::errno_error("cannot make an event set");
  return std::unique_ptr<Loop>(new Loop(std::move(set)));
}

Result<std::uint64_t> Loop::watch(const host::Descriptor& descriptor, std::uint32_t wanted, Handler handler) {
  const std::uint64_t number = next_++;
  epoll_event event{};
  event.events = wanted;
  event.data.u64 = number;
  if (::epoll_ctl(set_.get(), EPOLL_CTL_ADD, descriptor.get(), &event) != 0) {
    return host::errno_error("cannot watch a descriptor");
  }
  watches_[number] = {descriptor.get(), wanted, std::make_shared<Handler>(std::move(handler))};
  return number;
}

void Loop::change(std::uint64_t watch, std::uint32_t wanted) {
  const auto place = watches_.find(watch);
  if (place == watches_.end() || place->second.wanted == wanted) return;
  place->second.wanted = wanted;
  epoll_event event{};
  event.events = wanted;
  event.data.u64 = watch;
  ::epoll_ctl(set_.get(), EPOLL_CTL_MOD, place->second.descriptor, &event);
}

void Loop::forget(std::uint64_t watch) {
  const auto place = watches_.find(watch);
  if (place == watches_.end()) return;
  epoll_event unused{};
  ::epoll_ctl(set_.get(), EPOLL_CTL_DEL, place->second.descriptor, &unused);
  watches_.erase(place);
}

void Loop::turn(int milliseconds) {
  std::array<epoll_event, kEventsAtOnce> events{};
  const int count = ::epoll_wait(set_.get(), events.data(), static_cast<int>(events.size()), milliseconds);
  for (int i = 0; i < count; ++i) {
    // A copy: the kernel's structure is packed, so that nothing may refer to what is in it.
    const std::uint64_t watch = events[static_cast<std::size_t>(i)].data.u64;
    const auto place = watches_.find(watch);
    if (place == watches_.end()) continue;
    const auto handler = place->second.handler;
    (*handler)();
  }
}

}  // namespace coffer::net
