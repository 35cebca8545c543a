// System calls: the one table of what each role may ask the kernel for, and its loading as a seccomp filter.
#pragma once

#include <cstdint>

#include "host/assurance.h"

namespace coffer::host {

// Role is a process that has its own list of system calls.
enum class Role : std::uint8_t {
  chip = 1,    // all keys: no names of files, no new sockets, threads or programs
  store = 2,   // the database file
  audit = 4,   // the audit files
  net = 8,     // the net door: inherited sockets, and new pairs of them
  link = 16,   // a link: connects to its servers, writes how they are
  guard = 32,  // starts the others but the link; they inherit its list, which holds all of theirs
};

// load_seccomp loads the role's list into all threads of the process. A call that is not on the list ends the
// chip at once (SIGSYS); the others get EPERM, and end at calls that only an attacker would make. For the
// guard, and so for whatever it starts, it is as if the kernel did not have the call (ENOSYS): libraries know
// that.
Protection load_seccomp(Role role);

}  // namespace coffer::host
