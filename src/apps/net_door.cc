// The net door's main: TLS with the world, socket pairs with the chip, and nothing else.
#include <time.h>

#include <chrono>
#include <utility>

#include "apps/roles.h"
#include "base/log.h"
#include "host/landlock.h"
#include "host/sandbox.h"
#include "host/system_calls.h"
#include "net/door.h"
#include "net/openssl.h"

namespace coffer::apps {

namespace {

// How often to ask a chip that is still locked for its certificates.
constexpr std::chrono::nanoseconds kAskAgain = std::chrono::milliseconds(250);

// The vault is locked, or the keys of the network form are about to be made.
bool passes(Code code) {
  return code == Code::locked || code == Code::not_found || code == Code::not_initialized;
}

constexpr std::size_t kHeapBytes = 64U << 20U;  // what is not used costs nothing

Status run_door(host::Assurance& assurance, const host::SecretArena& arena) {
  for (const auto& give_up : {host::deny_filesystem, host::deny_executable_memory, host::lower_privileges})
    assurance.protections.push_back(give_up());
  net::begin_openssl();
  assurance.protections.push_back(host::load_seccomp(host::Role::net));
  if (assurance.protections.back().state == host::State::off)
    return Error{Code::internal, "the net door got no system call filter"};
  for (host::Protection& each : assurance.protections) {
    if (each.state == host::State::off) log_line("net", each.name + ": " + each.reason);
    each.name = "net door: " + each.name;
  }
  net::DoorOptions options{host::Descriptor(kDoorListener), host::Descriptor(kDoorHandover),
                           [&assurance, &arena] {
                             host::Assurance now = assurance;
                             now.protections.push_back(arena.protection());
                             now.protections.back().name = "net door: " + now.protections.back().name;
                             return now;
                           }};
  for (;;) {
    auto door = net::Door::create(options);
    if (door.ok()) return door.value()->run();
    if (!passes(door.error().code)) return door.error();
    const timespec pause{0, kAskAgain.count()};
    ::nanosleep(&pause, nullptr);
  }
}

}  // namespace

int net_door_main(const std::vector<std::string>& /*arguments*/) {
  ignore_terminal();
  host::Assurance assurance;
  // PINs and join tokens pass through here.
  const Status ended = run_hidden(kHeapBytes, 1, assurance,
                                  [&assurance](const auto& arena) { return run_door(assurance, arena); });
  log_line("net", ended.error().text);
  return 1;
}

}  // namespace coffer::apps
