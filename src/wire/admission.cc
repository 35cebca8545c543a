// Admission: accept, who is it, is there room, does the service want it.
#include "wire/admission.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <memory>
#include <utility>

#include "host/errno_error.h"
#include "host/socket.h"

namespace coffer::wire {

namespace {

constexpr std::uint32_t kListenerEvents = EPOLLIN | EPOLLET;
constexpr int kAcceptedAtOnceMax = 32;

// Tells a peer why it may not come in: a reply to request 0. What a fresh socket does not take is not sent.
void refuse(const host::Descriptor& socket, Error error) {
  const Bytes text = as_bytes(error.text);
  const auto header = encode_header({.payload_bytes = static_cast<std::uint32_t>(text.size()),
                                     .kind = static_cast<std::uint16_t>(error.code)});
  Buffer frame = to_buffer(header);
  append(frame, text);
  static_cast<void>(::send(socket.get(), frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

}  // namespace

Status Admission::start() {
  const int flags = ::fcntl(listener_.get(), F_GETFL);
  if (flags < 0 || ::fcntl(listener_.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return host::errno_error("cannot make the listener non-blocking");
  }
  if (door_.is_open()) TRY(events_.add(door_, kListenerEvents, Source::door));
  return events_.add(listener_, kListenerEvents, Source::listener);
}

// Each message of the door is kIdentityBytes octets and one descriptor; the kernel never joins two that carry
// descriptors. A door that sends anything else is not listened to any more.
void Admission::take_handed_over() {
  for (int i = 0; i < kAcceptedAtOnceMax; ++i) {
    std::array<std::uint8_t, kIdentityBytes> identity{};
    auto received = host::receive_with_descriptors(door_, identity, 1,
                                                   host::Deadline::after(std::chrono::milliseconds(0)));
    if (!received.ok() && received.error().code == Code::timed_out) return;
    if (!received.ok() || received.value().bytes != identity.size() ||
        received.value().descriptors.size() != 1) {
      events_.remove(door_);
      return;
    }
    host::Descriptor socket = std::move(received.value().descriptors.front());
    const Status admitted = try_admit_handed_over(socket, identity);
    if (!admitted.ok()) refuse(socket, admitted.error());
  }
  events_.change(door_, kListenerEvents, Source::door);
}

void Admission::accept_waiting() {
  paused_.store(false, std::memory_order_relaxed);
  for (int i = 0; i < kAcceptedAtOnceMax; ++i) {
    auto accepted = host::accept_unix(listener_);
    if (!accepted.ok()) {
      paused_.store(true, std::memory_order_relaxed);
      return;
    }
    if (!accepted.value()) return;
    admit(std::move(*accepted.value()));
  }
  events_.change(listener_, kListenerEvents, Source::listener);
}

void Admission::admit(host::Descriptor socket) {
  const Status admitted = try_admit(socket);
  if (!admitted.ok()) refuse(socket, admitted.error());
}

// Leaves the socket with the caller when it fails.
Status Admission::try_admit(host::Descriptor& socket) {
  const host::Peer peer = TRY(host::peer_of(socket));
  const Owner owner{.uid = peer.uid, .pid = peer.pid};
  auto budget = TRY(table_.reserve(owner));
  return enter(socket, {owner, std::move(budget)}, service_.connected(peer));
}

Status Admission::try_admit_handed_over(host::Descriptor& socket, Bytes identity) {
  // Connections are counted by user; the users of a machine do not reach into the upper half.
  const Owner owner{.uid = 0x80000000U |
                           static_cast<uid_t>(identity[0] << 16U | identity[1] << 8U | identity[2])};
  auto budget = TRY(table_.reserve(owner));
  return enter(socket, {owner, std::move(budget)}, service_.handed_over(identity));
}

Status Admission::enter(host::Descriptor& socket, Place place,
                        Result<std::shared_ptr<ConnectionContext>> context) {
  if (!context.ok()) {
    table_.release(place.owner);
    return context.error();
  }
  context.value()->set_budget(place.budget);
  auto connection =
      std::make_shared<Connection>(table_.next_id(), place.owner, std::move(place.budget), std::move(socket),
                                   std::move(context).value(), events_, service_);
  table_.add(connection, clock_.boot_milliseconds() + hello_milliseconds_);
  const Status started = connection->start();
  if (!started.ok()) {
    table_.remove(*connection);
    connection->close();
  }
  return {};
}

}  // namespace coffer::wire
