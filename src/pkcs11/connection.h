// Connection: the module's way to the chip - made when first needed, made again when the chip or the process
// is new.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/result.h"
#include "pkcs11/fork.h"
#include "wire/client.h"
#include "wire/messages.h"

namespace coffer::pkcs11 {

// Patience says how much trouble a connector takes when nobody answers: one try, or waiting some seconds for
// a chip that is being restarted, and starting the vault where that is permitted.
enum class Patience : std::uint8_t { none, full };

// Connector opens connections. The module has one that knows where the vault is; tests have their own.
class Connector {
 public:
  virtual ~Connector() = default;
  // connect opens a connection, joining `application` when given. Called by one thread at a time.
  virtual Result<std::unique_ptr<wire::Client>> connect(const wire::ApplicationId* application,
                                                        Patience patience) = 0;
  // is_coming_back tells whether somebody is at work on a vault that does not answer.
  [[nodiscard]] virtual bool is_coming_back() const { return false; }
};

// Link is a session's own hold on the connection, so that threads with their own sessions share nothing when
// they ask the chip. The client is shared, because it must live until the last session has noticed that it is
// dead.
struct Link {
  std::shared_ptr<wire::Client> client;
  std::uint64_t epoch = 0;
};

// Connection is safe from many threads at once; a Link belongs to one thread at a time.
class Connection final {
 public:
  // `on_connected` runs on each new connection, before anybody else uses it.
  using OnConnected = std::function<void(wire::Client& client)>;

  Connection(std::unique_ptr<Connector> connector, OnConnected on_connected)
      : connector_(std::move(connector)), on_connected_(std::move(on_connected)) {}

  // client gives a connection that was alive a moment ago, connecting when there is none. The pointer is the
  // link's. Fails with what the connector says; for kPauseMilliseconds after a failure it fails at once.
  Result<wire::Client*> client(Link& link);

  // is_coming_back tells whether trying again may help when client() has failed.
  [[nodiscard]] bool is_coming_back() const { return connector_->is_coming_back(); }

  // drop ends the connection.
  void drop();

  // after_fork gives up the parent's connection in the child, without touching it; nobody else may use the
  // connection meanwhile. `may_destroy` says that no thread was inside a call: then the child's copy of it is
  // taken apart once the child has its own. Until then it keeps the application alive in the chip.
  void after_fork(bool may_destroy);

  // is_shared says whether this process joined the application of its parent.
  [[nodiscard]] bool is_shared() const { return is_shared_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::chrono::milliseconds kPauseMilliseconds{1000};
  // How often a call waits for a vault that does not answer, or starts it.
  static constexpr std::chrono::seconds kPatientEvery{5};

  Status connect_locked();

  std::unique_ptr<Connector> connector_;
  OnConnected on_connected_;
  std::atomic<std::uint64_t> epoch_ = 1;
  std::atomic<bool> is_shared_ = false;

  ForkMutex mutex_;  // guards what follows; held while connecting
  std::shared_ptr<wire::Client> current_;
  std::shared_ptr<wire::Client> inherited_;  // the parent's
  std::optional<wire::ApplicationId> application_;
  std::optional<Error> last_failure_;
  std::chrono::steady_clock::time_point patient_at_;
  std::chrono::steady_clock::time_point failed_at_;
};

}  // namespace coffer::pkcs11
