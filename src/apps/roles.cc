// Roles: the control sockets between the guard and its children.
#include "apps/roles.h"

#include <csignal>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/secret_stack.h"
#include "codec/binary.h"
#include "host/hidden_heap.h"
#include "host/inheritance.h"
#include "host/landlock.h"
#include "host/sandbox.h"
#include "host/socket.h"

namespace coffer::apps {

namespace {

constexpr auto kControlTimeMax = std::chrono::seconds(20);

}  // namespace

Status send_control(const host::Descriptor& control, Bytes octets) {
  Buffer frame;
  codec::BinaryWriter writer(frame);
  TRY(writer(octets, kControlBytesMax));
  return host::write_exactly(control, frame, host::Deadline::after(kControlTimeMax));
}

Result<Buffer> receive_control(const host::Descriptor& control, host::Deadline deadline) {
  std::array<std::uint8_t, 4> header{};
  TRY(host::read_exactly(control, header, deadline));
  codec::BinaryReader reader(header);
  std::uint32_t length = 0;
  TRY(reader(length));
  if (length > kControlBytesMax) return Error{Code::malformed, "a control message is too long"};
  Buffer octets(length);
  TRY(host::read_exactly(control, octets, deadline));
  return octets;
}

void answer_guard(const host::Descriptor& control) {
  std::thread([&control] {
    std::array<std::uint8_t, 1> octet{};
    while (host::read_exactly(control, octet, host::Deadline::never()).ok()) {
      if (octet[0] != kAsk) continue;
      octet[0] = kAlive;
      if (!host::write_exactly(control, octet, host::Deadline::never()).ok()) return;
    }
  }).detach();
}

Error become_role(const std::string& role, const std::string& home, const host::Descriptor& image,
                  host::Readiness* readiness) {
  host::SpawnRequest request{.image = image.get(), .arguments = {"coffer", "--role", role, home}};
  request.inherited = {image.get()};
  host::Descriptor socket;
  if (readiness != nullptr) {
    socket = readiness->take();
    request.arguments.emplace_back(kInBackground);
    request.inherited.push_back(socket.get());
  }
  const Error failed = host::become(request);
  if (readiness != nullptr) *readiness = host::Readiness(std::move(socket));
  return failed;
}

int serve_role(const std::string& role, const std::vector<std::string>& arguments,
               const std::function<Status(const std::string& home, const Announce& announce)>& serve) {
  if (arguments.empty()) return 2;
  const bool in_background = arguments.size() == 2 && arguments[1] == kInBackground;
  host::Readiness readiness{in_background ? host::Descriptor(kReadiness) : host::Descriptor()};
  const Announce announce{.progress = [&](std::string_view text) { readiness.progress(text); },
                          .ready =
                              [&] {
                                if (in_background) return readiness.ready();
                                log_line(role,
                                         "the " + std::string(role == "guard" ? "vault" : role) + " is up");
                              }};
  Status ended = host::check_address_space();
  if (ended.ok()) ended = serve(arguments[0], announce);
  if (ended.ok()) {
    // Where it was ready once, nobody hears this.
    readiness.failed("it was told to end before it was ready");
    return 0;
  }
  log_line(role, ended.error().text);
  readiness.failed(ended.error().text);
  return 1;
}

Status run_hidden(std::size_t heap_bytes, std::size_t stacks, host::Assurance& assurance,
                  const std::function<Status(const host::SecretArena& arena)>& body) {
  assurance.protections.push_back(host::forbid_core_dumps());
  assurance.protections.push_back(host::forbid_new_privileges());
  host::SecretArena& arena =
      host::install_arena(TRY(host::SecretArena::create({.bytes = heap_bytes + stacks * kSecretStackBytes})));
  host::hide_heap(arena);
  Status ended;
  on_secret_stack([&] { ended = body(arena); });
  return ended;
}

void ignore_terminal() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU})
    std::signal(signal, SIG_IGN);
}

host::Assurance confine_server(const std::string& directory) {
  return {.protections = {host::forbid_core_dumps(), host::forbid_new_privileges(),
                          host::allow_only_directory(directory), host::deny_executable_memory(),
                          host::lower_privileges()}};
}

Status describe_server(const host::Descriptor& control, host::Assurance assurance, const std::string& role) {
  for (host::Protection& each : assurance.protections) each.name = role + ": " + each.name;
  return send_control(control, codec::encode(StartWord{.serves = true, .assurance = std::move(assurance)}));
}

}  // namespace coffer::apps
