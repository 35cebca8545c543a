// Chip: connecting, starting, and putting the chip's failures into words.
#include "cli/chip.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string_view>

#include "cli/user.h"
#include "host/deadline.h"
#include "host/file.h"
#include "host/keeper.h"
#include "host/socket.h"
#include "host/vault_home.h"
#include "host/vault_owner.h"
#include "net/link_home.h"

namespace coffer::cli {

namespace {

constexpr mode_t kRunDirectory = 0755;
constexpr std::chrono::milliseconds kStartedWait{10000};
constexpr std::chrono::milliseconds kLookEvery{20};

bool may_start() {
  const char* value = std::getenv("COFFER_AUTOSTART");
  return value == nullptr || std::string_view(value) != "0";
}

Result<std::unique_ptr<wire::Client>> connect_client(const std::string& home) {
  // One request or two: setting up the shared-memory ring would cost more than it saves.
  return wire::Client::connect({.socket_path = host::vault_socket(home),
                                .use_ring = false,
                                .server_uid = TRY(host::vault_owner(home))});
}

// distrust tells what is wrong with who answers, or with the place of the vault; none when nothing is.
std::optional<Error> distrust(Invocation& invocation) {
  const auto owner = host::vault_owner(invocation.home);
  if (!owner.ok()) {
    if (owner.error().code != Code::corrupt) return std::nullopt;
    struct stat about{};
    const bool is_seen = ::stat(invocation.home.c_str(), &about) == 0;
    return invocation.fail(Code::exists,
                           "the vault in " + invocation.home + " belongs to user " +
                               (is_seen ? std::to_string(about.st_uid) : std::string("unknown")) +
                               " and lies where everybody may make one: it may be a trap",
                           "use a vault in a directory that only its owner and root can write");
  }
  const auto socket =
      host::connect_unix(host::vault_socket(invocation.home), host::Deadline::after(kStartedWait));
  if (!socket.ok() || host::check_answers(socket.value(), owner.value()).ok()) return std::nullopt;
  const auto peer = host::peer_of(socket.value());
  const std::string answering = peer.ok() ? "user " + std::to_string(peer.value().uid) : "another user";
  return invocation.fail(Code::exists,
                         "a process of " + answering + " answers for the vault in " + invocation.home +
                             ", which belongs to user " + std::to_string(owner.value()),
                         "nothing was sent to it; its owner looks who may write " +
                             host::vault_run(invocation.home) + ", then 'coffer down' and 'coffer up'");
}

// The owner of the directory is the owner of the vault.
Status check_owner(Invocation& invocation) {
  struct stat about{};
  if (::stat(invocation.home.c_str(), &about) != 0 || about.st_uid == ::geteuid()) return {};
  return invocation.fail(Code::unavailable,
                         "the vault in " + invocation.home + " does not run, and belongs to user " +
                             std::to_string(about.st_uid),
                         "its owner can start it with 'coffer up'");
}

// Nobody answers at the socket, or there is none.
bool is_absent(const Error& error) {
  return error.code == Code::not_found || error.code == Code::unavailable;
}

Error starting(Invocation& invocation, const std::string& progress) {
  return invocation.fail(Code::unavailable,
                         "the vault in " + invocation.home + " is being started: the " + progress,
                         "try again later; 'coffer status' says how far it is");
}

Error not_running(Invocation& invocation, std::string why) {
  if (const auto keeper = host::find_keeper(invocation.home); keeper.ok() && keeper.value()) {
    return invocation.fail(
        Code::unavailable,
        "the vault in " + invocation.home + " runs (" + keeper.value()->name() + ") and does not answer",
        "see 'coffer status'");
  }
  return invocation.fail(Code::unavailable, "the vault in " + invocation.home + " does not run",
                         std::move(why));
}

}  // namespace

std::optional<std::string> start_progress(const std::string& home) {
  constexpr std::size_t kProgressBytesMax = 1024;
  const auto note = host::read_file(host::vault_progress(home), kProgressBytesMax);
  if (!note.ok()) return std::nullopt;
  const auto keeper = host::find_keeper(home);
  if (!keeper.ok() || !keeper.value()) return std::nullopt;
  const std::string_view text = as_text(note.value());
  const std::size_t end = text.find('\n');
  // Half a note is one that is just being written.
  return end == std::string_view::npos ? "start goes on" : printable(text.substr(0, end));
}

// A vault whose destruction was interrupted is one until the guard has finished it.
bool vault_exists(const std::string& home) {
  return host::file_exists(host::vault_host_key(home)) || host::file_exists(host::vault_erasing(home));
}

Result<StartOutcome> start_vault(Invocation& invocation) {
  if (!vault_exists(invocation.home)) {
    return invocation.fail(Code::not_initialized, "there is no vault in " + invocation.home,
                           "run 'coffer init'");
  }
  TRY(check_owner(invocation));
  TRY(host::create_directory(host::vault_run(invocation.home), kRunDirectory));
  StartOutcome outcome = invocation.context.start_vault(invocation.home);
  if (outcome.ok) return outcome;
  // Somebody else was faster.
  if (const auto keeper = host::find_keeper(invocation.home); keeper.ok() && keeper.value())
    return StartOutcome{.ok = true, .already_running = true};
  return invocation.fail(Code::unavailable,
                         "the vault in " + invocation.home + " does not start: " + outcome.text,
                         "look into " + host::vault_log(invocation.home));
}

Result<Chip> Chip::connect(Invocation& invocation, Autostart autostart) {
  auto client = connect_client(invocation.home);
  if (client.ok()) return Chip(invocation, std::move(client).value());
  if (client.error().code == Code::corrupt) {
    if (const auto why = distrust(invocation)) return *why;
  }
  if (client.error().code == Code::denied) {
    return invocation.fail(Code::denied, "this user may not use the vault in " + invocation.home,
                           "its owner can run 'coffer grant add " + user_name(::geteuid()) + "'");
  }
  if (!is_absent(client.error())) {
    if (const auto progress = start_progress(invocation.home)) return starting(invocation, *progress);
    return invocation.fail(
        Code::unavailable,
        "the vault in " + invocation.home + " does not answer: " + std::string(client.error().text),
        "look into " + host::vault_log(invocation.home));
  }
  if (!vault_exists(invocation.home)) {
    if (net::link_exists(invocation.home)) {
      return invocation.fail(Code::unavailable, "the link in " + invocation.home + " reaches no server",
                             "see 'coffer link status'");
    }
    return invocation.fail(Code::not_initialized, "there is no vault in " + invocation.home,
                           "run 'coffer init'");
  }
  if (autostart == Autostart::no) return not_running(invocation, "run 'coffer up'");
  if (!may_start())
    return not_running(invocation, "run 'coffer up'; COFFER_AUTOSTART=0 forbids to start it here");
  if (const auto started = start_vault(invocation); !started.ok()) return started.error();
  return connect_started(invocation);
}

Result<Chip> Chip::connect_started(Invocation& invocation) {
  const auto deadline = host::Deadline::after(kStartedWait);
  auto client = connect_client(invocation.home);
  while (!client.ok() && is_absent(client.error()) && deadline.remaining().count() != 0) {
    const timespec pause{0, std::chrono::nanoseconds(kLookEvery).count()};
    ::nanosleep(&pause, nullptr);
    client = connect_client(invocation.home);
  }
  if (client.ok()) return Chip(invocation, std::move(client).value());
  if (client.error().code == Code::corrupt) {
    if (const auto why = distrust(invocation)) return *why;
  }
  if (const auto progress = start_progress(invocation.home)) return starting(invocation, *progress);
  if (!host::file_exists(host::vault_socket(invocation.home))) {
    return invocation.fail(Code::unavailable,
                           "the vault in " + invocation.home + " runs, and cannot be reached: " +
                               host::vault_socket(invocation.home) + " is gone",
                           "'coffer down' ends it, and 'coffer up' starts it");
  }
  return invocation.fail(Code::unavailable,
                         "the vault was started and does not answer: " + std::string(client.error().text),
                         "look into " + host::vault_log(invocation.home));
}

Error Chip::explain(const Error& error) {
  // A failure of the connection carries its own text; what the chip said last belongs to another request.
  std::string text = client_->alive() ? client_->last_error_text() : std::string();
  if (text.empty() || error.code == Code::timed_out) text = error.text;
  return invocation_->fail(error.code, std::move(text));
}

}  // namespace coffer::cli
