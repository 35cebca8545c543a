// Vault connector: COFFER_HOME, COFFER_AUTOSTART, COFFER_BIN, COFFER_DEBUG.
#include "pkcs11/vault_connector.h"

#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

#include "host/deadline.h"
#include "host/file.h"
#include "host/guest_words.h"
#include "host/home_format.h"
#include "host/vault_home.h"
#include "host/vault_owner.h"
#include "pkcs11/vault_start.h"
#include "wire/client.h"

namespace coffer::pkcs11 {

namespace {

// kRestartTimeMax is how long a chip may take to come back when its guard lives; the guard needs a fraction
// of it.
constexpr std::chrono::milliseconds kRestartTimeMax{5000};
constexpr long kRetryNanoseconds = 10'000'000;

// Whether this process has said already why it has no vault.
constinit std::atomic<bool> has_complained = false;

std::string variable(const char* name) {
  const char* value = ::secure_getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// Whether an error means that nobody listens there.
bool is_absent(Code code) { return code == Code::not_found || code == Code::unavailable; }

// Whether the vault belongs to this user. Started by another one, even by root, its files would become
// theirs.
bool is_owner(const std::string& home) {
  struct stat entry{};
  return ::stat(home.c_str(), &entry) == 0 && entry.st_uid == ::geteuid();
}

class VaultConnector final : public Connector {
 public:
  explicit VaultConnector(VaultPlace place) : place_(std::move(place)) {}

  Result<std::unique_ptr<wire::Client>> connect(const wire::ApplicationId* application,
                                                Patience patience) override {
    auto connected = connect_or_start(application, patience);
    if (!connected.ok()) complain(connected.error());
    return connected;
  }

  [[nodiscard]] bool is_coming_back() const override { return guard_lives(); }

 private:
  Result<std::unique_ptr<wire::Client>> connect_or_start(const wire::ApplicationId* application,
                                                         Patience patience) {
    auto connected = try_connect(application);
    if (connected.ok() || !is_absent(connected.error().code)) return connected;
    TRY(check_format());
    if (patience == Patience::none) return connected;
    // When it cannot be started, somebody else may have been faster.
    if (guard_lives() || start() || guard_lives()) return wait_for_chip(application);
    return connected;
  }

  Result<std::unique_ptr<wire::Client>> try_connect(const wire::ApplicationId* application) const {
    if (place_.home.empty()) return Error{Code::not_found, "there is no place for a vault"};
    wire::ClientOptions options;
    options.server_uid = TRY(host::vault_owner(place_.home));
    options.socket_path = host::vault_socket(place_.home);
    return wire::Client::connect(options, application);
  }

  // Whether the guard runs, so that it will bring the chip back. One whose lock this user may not look at
  // counts.
  [[nodiscard]] bool guard_lives() const {
    if (place_.home.empty()) return false;
    const auto holder = host::lock_holder(host::vault_guard_lock(place_.home));
    return holder.ok() ? holder.value().has_value() : holder.error().code == Code::denied;
  }

  Result<std::unique_ptr<wire::Client>> wait_for_chip(const wire::ApplicationId* application) const {
    const auto deadline = host::Deadline::after(kRestartTimeMax);
    for (;;) {
      auto connected = try_connect(application);
      const bool is_over = connected.ok() || !is_absent(connected.error().code);
      if (is_over || deadline.remaining().count() == 0) return connected;
      const timespec pause{0, kRetryNanoseconds};
      ::nanosleep(&pause, nullptr);
    }
  }

  // A running vault speaks a protocol that has versions of its own; one that does not run is left alone when
  // it is newer than this module. The code becomes CKR_TOKEN_NOT_RECOGNIZED.
  [[nodiscard]] Status check_format() const {
    if (host::check_home_format(place_.home).ok()) return {};
    return Error{Code::not_initialized, "this vault was written by a newer Coffer: use that program"};
  }

  bool start() {
    if (!place_.may_start || !host::holds_vault(place_.home) || !is_owner(place_.home)) return false;
    const std::string program = find_program(place_.program, place_.path);
    if (program.empty()) {
      say("there is no program 'coffer' to start the vault with: set COFFER_BIN");
      return false;
    }
    const Status started = start_.run(program, place_.home);
    if (!started.ok()) say(started.error().text);
    return started.ok();
  }

  void complain(Error error) const {
    if (place_.prints_failures) return say(explanation(error));
    if (place_.is_silent || has_complained.exchange(true)) return;
    const std::string text = explanation(error) + " (COFFER_DEBUG=0 silences this)";
    const host::Urgency urgency = place_.is_named ? host::Urgency::warning : host::Urgency::info;
    if (!host::say_in_system_log(urgency, "pkcs11", text)) host::say_on_error_stream("pkcs11", text);
  }

  [[nodiscard]] std::string explanation(Error error) const {
    if (place_.home.empty())
      return "there is no vault: neither COFFER_HOME nor XDG_DATA_HOME nor HOME is set";
    if (!is_absent(error.code))
      return "the vault in " + place_.home + " cannot be used: " + std::string(error.text);
    if (host::holds_vault(place_.home))
      return "the vault in " + place_.home + " is not running: run 'coffer up'";
    return "there is no vault in " + place_.home + ": set COFFER_HOME to where it is, or run 'coffer init'";
  }

  void say(std::string_view text) const {
    if (place_.prints_failures) host::say_on_error_stream("pkcs11", text);
  }

  VaultPlace place_;
  VaultStart start_;
};

}  // namespace

std::unique_ptr<Connector> make_vault_connector() {
  VaultPlace place;
  place.home = host::choose_vault_home({.coffer_home = variable("COFFER_HOME"),
                                        .xdg_data_home = variable("XDG_DATA_HOME"),
                                        .user_home = variable("HOME"),
                                        .is_root = ::geteuid() == 0});
  place.may_start = variable("COFFER_AUTOSTART") != "0" && ::getauxval(AT_SECURE) == 0;
  place.program = variable("COFFER_BIN");
  place.path = variable("PATH");
  place.prints_failures = variable("COFFER_DEBUG") == "1";
  place.is_silent = variable("COFFER_DEBUG") == "0";
  place.is_named = !variable("COFFER_HOME").empty();
  return std::make_unique<VaultConnector>(std::move(place));
}

}  // namespace coffer::pkcs11
