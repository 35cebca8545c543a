// Sandbox: a process gives up core dumps, new privileges, new code and its capabilities.
#include "host/sandbox.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "host/program_image.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65  // Linux 6.3; the headers of Debian 12 are older.
#define PR_MDWE_REFUSE_EXEC_GAIN 1UL
#endif

namespace coffer::host {

namespace {

using CapabilitySets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

bool has_any(const CapabilitySets& sets) {
  return std::any_of(sets.begin(), sets.end(),
                     [](const auto& set) { return (set.effective | set.permitted) != 0; });
}

Protection lower_to(std::span<const unsigned> kept, const char* what) {
  const char* const name = "no_capabilities";
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  CapabilitySets sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0)
    return {name, State::off, "the system does not tell the capabilities"};
  if (!has_any(sets)) return {name, State::on, "there were none to drop"};
  CapabilitySets left{};
  for (const unsigned each : kept)
    left[CAP_TO_INDEX(each)].permitted |= sets[CAP_TO_INDEX(each)].permitted & CAP_TO_MASK(each);
  for (auto& set : left) set.effective = set.permitted;
  if (::syscall(SYS_capset, &header, left.data()) != 0) return {name, State::off, "the system refused"};
  return {name, State::on, what};
}

}  // namespace

Protection forbid_core_dumps() {
  const bool from_start = was_unreadable_from_start();
  const rlimit none{0, 0};
  const bool limited = ::setrlimit(RLIMIT_CORE, &none) == 0;
  const bool hidden = ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
  if (!limited || !hidden) return {"no_core_dumps", State::off, "the system refused"};
  if (from_start) return {"no_core_dumps", State::on, "no core files; no debugger since it was born"};
  if (::geteuid() == 0) return {"no_core_dumps", State::on, "no core files; only root can debug it"};
  return {"no_core_dumps", State::off,
          "the kernel runs no program from memory (vm.memfd_noexec): the process could be debugged while it "
          "started"};
}

Protection forbid_new_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
    return {"no_new_privileges", State::on, "set-user-ID programs have no effect"};
  }
  return {"no_new_privileges", State::off, "the system refused"};
}

Protection deny_executable_memory() {
  if (::prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0) {
    return {"no_new_code", State::on, "no memory can become executable any more"};
  }
  if (errno == EINVAL) return {"no_new_code", State::unavailable, "the kernel is older than Linux 6.3"};
  return {"no_new_code", State::off, "the system refused"};
}

Protection lower_privileges() { return lower_to({}, "all capabilities were dropped"); }

Protection lower_privileges_to_start() {
  // CAP_SYS_RESOURCE: who locks memory raises the limit first, and keeps that (host/secret_arena.cc).
  constexpr auto kKept = std::to_array<unsigned>({CAP_IPC_LOCK, CAP_SYS_RESOURCE, CAP_NET_BIND_SERVICE});
  return lower_to(kKept, "dropped but for locking memory, limits, and ports below 1024");
}

}  // namespace coffer::host
