// Client: connects, says Hello, attaches a ring, and sends each request through the ring or over the socket.
#include "wire/client.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include "base/secret.h"
#include "host/deadline.h"
#include "host/socket.h"
#include "host/vault_owner.h"
#include "wire/error_text.h"
#include "wire/fork_guard.h"
#include "wire/ring_client.h"
#include "wire/stream_client.h"

namespace coffer::wire {

namespace {

using OnReply = std::function<Status(Bytes payload)>;

// ErrorText is the last failure's text of one thread. It has no destructor: nothing is to be cleaned up when
// the thread or the process ends, and exit handlers may still call the library.
struct ErrorText {
  std::size_t bytes = 0;
  std::array<char, kErrorTextBytesMax> characters{};
};
constinit thread_local ErrorText last_error;

// Keeps the text of a failure, whatever is printable of it.
void remember(Bytes text) {
  last_error.bytes = std::min(text.size(), kErrorTextBytesMax);
  std::transform(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(last_error.bytes),
                 last_error.characters.begin(), [](std::uint8_t octet) {
                   return octet >= 0x20 && octet < 0x7f ? static_cast<char>(octet) : '?';
                 });
}

// Gives a reply to the caller, or turns it into an Error.
Status open_reply(std::uint16_t code, Bytes payload, const OnReply& on_reply) {
  if (code == 0) return on_reply(payload);
  remember(payload);
  return error_from_wire(code);
}

host::Deadline deadline_of(std::uint32_t milliseconds) {
  return host::Deadline::after(
      std::chrono::milliseconds(milliseconds == 0 ? kDeadlineMillisecondsDefault : milliseconds));
}

class SocketClient final : public Client {
 public:
  SocketClient(host::Descriptor socket, ForkGuard guard)
      : stream_(std::move(socket)), guard_(std::move(guard)) {}

  Status say_hello(const ApplicationId* application, std::uint32_t milliseconds);
  Status attach_ring(std::uint32_t milliseconds);

  [[nodiscard]] const HelloReply& hello() const override { return hello_; }
  [[nodiscard]] int pid() const override { return guard_.pid(); }
  [[nodiscard]] bool alive() const override {
    return !guard_.is_child() && !stream_.is_dead() && (ring_ == nullptr || !ring_->has_ended());
  }
  [[nodiscard]] bool has_ring() const override { return ring_ != nullptr; }
  [[nodiscard]] std::string last_error_text() const override {
    return {last_error.characters.data(), last_error.bytes};
  }

  Status exchange(Op op, Bytes request, std::uint32_t deadline_milliseconds,
                  const OnReply& on_reply) override {
    return exchange_encoded(op, EncodedWriter(request), deadline_milliseconds, on_reply);
  }
  Status exchange_encoded(Op op, const RequestWriter& request, std::uint32_t deadline_milliseconds,
                          const OnReply& on_reply) override;

 private:
  Result<RawReply> exchange_over_socket(Op op, const RequestWriter& request, std::uint32_t milliseconds,
                                        std::span<const int> descriptors);

  StreamClient stream_;
  ForkGuard guard_;
  HelloReply hello_;
  std::unique_ptr<RingClient> ring_;  // after stream_, which it uses
};

Result<RawReply> SocketClient::exchange_over_socket(Op op, const RequestWriter& request,
                                                    std::uint32_t milliseconds,
                                                    std::span<const int> descriptors) {
  Buffer frame;
  request.write_to(begin_frame(frame, static_cast<std::uint16_t>(op), request.bytes(), milliseconds));
  return stream_.exchange(frame, descriptors, deadline_of(milliseconds));
}

Status SocketClient::exchange_encoded(Op op, const RequestWriter& request,
                                      std::uint32_t deadline_milliseconds, const OnReply& on_reply) {
  if (guard_.is_child()) return Error{Code::unavailable, "the connection belongs to the parent process"};
  if (request.bytes() > kPayloadBytesMax) return Error{Code::limit, "the request is too long"};
  if (ring_ != nullptr) {
    return ring_->exchange(
        op, request, deadline_milliseconds, deadline_of(deadline_milliseconds),
        [&on_reply](std::uint16_t code, Bytes payload) { return open_reply(code, payload, on_reply); });
  }
  RawReply reply = TRY(exchange_over_socket(op, request, deadline_milliseconds, {}));
  const Status opened = open_reply(reply.code, reply.payload, on_reply);
  if (carries_secret(op)) wipe(reply.payload);
  return opened;
}

Status SocketClient::say_hello(const ApplicationId* application, std::uint32_t milliseconds) {
  Hello request;
  if (application != nullptr) {
    request.joins = true;
    request.application = clone(*application);
  }
  hello_ = TRY(call(request, milliseconds));
  if (hello_.version != kProtocolVersion) return Error{Code::unsupported, "the chip speaks another protocol"};
  return {};
}

// Fails when the chip does not want a ring; the socket then does all the work.
Status SocketClient::attach_ring(std::uint32_t milliseconds) {
  auto ring = TRY(RingClient::create(stream_));
  const std::array<int, 1> descriptors{ring->memory().descriptor().get()};
  const AttachRing request{.bytes = kRingBytes};
  auto reply = TRY(
      exchange_over_socket(kOp<AttachRing>, MessageWriter<AttachRing>(request), milliseconds, descriptors));
  if (reply.code != 0) return error_from_wire(reply.code);
  ring->attach();
  ring_ = std::move(ring);
  return {};
}

}  // namespace

Status Client::exchange_encoded(Op op, const RequestWriter& request, std::uint32_t deadline_milliseconds,
                                const OnReply& on_reply) {
  Buffer octets(request.bytes());
  request.write_to(octets);
  const Status done = exchange(op, octets, deadline_milliseconds, on_reply);
  wipe(octets);
  return done;
}

Result<std::unique_ptr<Client>> Client::adopt(host::Descriptor socket, std::uint32_t milliseconds) {
  ForkGuard guard = TRY(ForkGuard::create());
  auto client = std::make_unique<SocketClient>(std::move(socket), std::move(guard));
  TRY(client->say_hello(nullptr, milliseconds));
  return std::unique_ptr<Client>(std::move(client));
}

Result<std::unique_ptr<Client>> Client::connect(const ClientOptions& options,
                                                const ApplicationId* application) {
  const auto deadline = host::Deadline::after(std::chrono::milliseconds(options.connect_milliseconds));
  const auto left = [deadline] {
    return static_cast<std::uint32_t>(std::max(1, deadline.poll_milliseconds()));
  };
  host::Descriptor socket = TRY(host::connect_unix(options.socket_path, deadline));
  if (options.server_uid) TRY(host::check_answers(socket, *options.server_uid));
  ForkGuard guard = TRY(ForkGuard::create());
  auto client = std::make_unique<SocketClient>(std::move(socket), std::move(guard));
  TRY(client->say_hello(application, left()));
  if (options.use_ring) {
    const Status attached = client->attach_ring(left());
    if (!attached.ok() && !client->alive()) return attached.error();
  }
  return std::unique_ptr<Client>(std::move(client));
}

}  // namespace coffer::wire
