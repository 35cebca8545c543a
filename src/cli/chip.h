// Chip: the connection of one command to the vault, started first when it does not run.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "cli/invocation.h"
#include "wire/client.h"

namespace coffer::cli {

// Autostart says whether a vault that does not run is started. COFFER_AUTOSTART=0 forbids it always.
enum class Autostart : std::uint8_t { no, yes };

// start_progress gives what the vault in `home` is at while it is being started, when that takes long;
// nothing otherwise.
std::optional<std::string> start_progress(const std::string& home);

// Chip is a connection. Its failures are noted with the chip's own words.
class Chip final {
 public:
  // connect fails with `not_initialized` when there is no vault and with `unavailable` when it does not run.
  static Result<Chip> connect(Invocation& invocation, Autostart autostart = Autostart::yes);

  // connect_started connects to a vault that was just started, perhaps by somebody else at the same moment:
  // it waits a while for the vault to answer.
  static Result<Chip> connect_started(Invocation& invocation);

  // call sends a request and gives its reply.
  template <typename Request>
  Result<typename Request::Response> call(const Request& request, std::uint32_t deadline_milliseconds = 0) {
    auto reply = client_->call(request, deadline_milliseconds);
    if (!reply.ok()) return explain(reply.error());
    return reply;
  }

  // tell is call() for requests whose reply says nothing but that it was done.
  template <typename Request>
  Status tell(const Request& request, std::uint32_t deadline_milliseconds = 0) {
    const auto reply = call(request, deadline_milliseconds);
    return reply.ok() ? Status{} : Status(reply.error());
  }

  // call_with is call() for replies with views: `use` sees the reply while it is valid.
  template <typename Request, typename Use>
  Status call_with(const Request& request, Use&& use) {
    const Status done = client_->call_with(request, std::forward<Use>(use));
    return done.ok() ? done : Status(explain(done.error()));
  }

  // ask is call() for callers that can live without the answer: a failure is not noted.
  template <typename Request>
  Result<typename Request::Response> ask(const Request& request) {
    return client_->call(request);
  }

  // state is what the chip said when the connection was made.
  [[nodiscard]] wire::VaultState state() const { return client_->hello().state; }

 private:
  Chip(Invocation& invocation, std::unique_ptr<wire::Client> client)
      : invocation_(&invocation), client_(std::move(client)) {}

  Error explain(const Error& error);

  Invocation* invocation_;
  std::unique_ptr<wire::Client> client_;
};

// start_vault starts the vault's processes if they do not run. Fails with `not_initialized` when there is no
// host.key, with `denied` when the vault is somebody else's, and with `unavailable` when it does not come up.
Result<StartOutcome> start_vault(Invocation& invocation);

// vault_exists tells whether somebody has run `coffer init` for this home.
bool vault_exists(const std::string& home);

}  // namespace coffer::cli
