// Client: the other end of the wire - what libcoffer-pkcs11.so and the command line use to ask the chip.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/binary.h"
#include "host/descriptor.h"
#include "wire/frame.h"
#include "wire/messages.h"
#include "wire/request_writer.h"

namespace coffer::wire {

// ClientOptions say where the chip is.
struct ClientOptions {
  std::string socket_path;  // $COFFER_HOME/run/chip.sock
  bool use_ring = true;     // the shared-memory ring, or only the socket
  std::uint32_t connect_milliseconds = 5000;
  // Who must answer: the vault's owner (host/vault_owner.h). None: whoever does.
  std::optional<uid_t> server_uid{};
};

// Client is one connection. Safe from many threads at once: requests of several threads are in flight
// together. Not safe across fork(): the child must make its own (pid() tells who made this one). When the
// chip dies every call answers `unavailable`; connect() again.
class Client {
 public:
  // connect opens the socket, says Hello (joining `application` when given), and attaches a ring.
  static Result<std::unique_ptr<Client>> connect(const ClientOptions& options,
                                                 const ApplicationId* application = nullptr);
  // adopt says Hello on a socket that is connected already; no ring.
  static Result<std::unique_ptr<Client>> adopt(host::Descriptor socket, std::uint32_t milliseconds);
  virtual ~Client() = default;

  [[nodiscard]] virtual const HelloReply& hello() const = 0;
  [[nodiscard]] virtual int pid() const = 0;
  [[nodiscard]] virtual bool alive() const = 0;  // false once the chip was seen to be gone
  [[nodiscard]] virtual bool has_ring() const = 0;

  // exchange sends one encoded request and hands the reply's payload, valid only during the call, to
  // `on_reply`. An error that the chip answered comes back as its Code (the text is one of a fixed set of
  // literals: error_text()). `request` may hold secrets; the client wipes its own copies.
  virtual Status exchange(Op op, Bytes request, std::uint32_t deadline_milliseconds,
                          const std::function<Status(Bytes payload)>& on_reply) = 0;

  // exchange_encoded is exchange() for a request that is encoded straight into its place, which saves a copy.
  // The default encodes into a buffer that it wipes, and calls exchange().
  virtual Status exchange_encoded(Op op, const RequestWriter& request, std::uint32_t deadline_milliseconds,
                                  const std::function<Status(Bytes payload)>& on_reply);

  // last_error_text is the text the chip sent with the last failure on this thread (a literal of the chip's).
  [[nodiscard]] virtual std::string last_error_text() const = 0;

  // call sends a request and decodes its reply. Views in the reply would dangle, so replies with views
  // (OutputReply) go through call_with.
  template <typename Request>
  Result<typename Request::Response> call(const Request& request, std::uint32_t deadline_milliseconds = 0) {
    typename Request::Response response{};
    TRY(call_with(
        request,
        [&response](typename Request::Response& decoded) {
          response = std::move(decoded);
          return Status{};
        },
        deadline_milliseconds));
    return response;
  }

  // call_with sends a request and hands the decoded reply, views and all, to `use` while it is valid.
  template <typename Request, typename Use>
  Status call_with(const Request& request, Use&& use, std::uint32_t deadline_milliseconds = 0) {
    return exchange_encoded(kOp<Request>, MessageWriter<Request>(request), deadline_milliseconds,
                            [&use](Bytes payload) -> Status {
                              auto decoded = TRY(codec::decode<typename Request::Response>(payload));
                              return use(decoded);
                            });
  }
};

}  // namespace coffer::wire
