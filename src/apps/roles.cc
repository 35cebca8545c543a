// Roles: the control sockets between the guard and its children.
#include "apps/roles.h"

#include <csignal>

#include "codec/binary.h"
#include "host/landlock.h"
#include "host/sandbox.h"
#include "host/socket.h"

namespace coffer::apps {

namespace {

constexpr auto kControlTimeMax = std::chrono::seconds(20);

}  // namespace

Status send_control(const host::Descriptor& control, Bytes octets) {
  codec::WipingBuffer frame;
  codec::BinaryWriter writer(frame.octets);
  TRY(writer(octets, kControlBytesMax));
  return host::write_exactly(control, frame.octets, host::Deadline::after(kControlTimeMax));
}

Result<Buffer> receive_control(const host::Descriptor& control) {
  const host::Deadline deadline = host::Deadline::after(kControlTimeMax);
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

void ignore_terminal() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(signal, SIG_IGN);
}

host::Assurance confine_server(const std::string& home) {
  return {.protections = {host::forbid_core_dumps(), host::forbid_new_privileges(),
                          host::allow_only_directory(home), host::deny_executable_memory(),
                          host::lower_privileges()}};
}

Status describe_server(const host::Descriptor& control, host::Assurance assurance, const std::string& role) {
  for (host::Protection& each : assurance.protections) each.name = role + ": " + each.name;
  return send_control(control, codec::encode(assurance));
}

}  // namespace coffer::apps
