// Sandbox: a process gives up what it does not need. Each function does one thing and tells what came of it.
//
// The order that works, in a process that has one thread: forbid_core_dumps, forbid_new_privileges, make the
// arena, look at the machine (host/posture.h reads /proc), deny_filesystem or allow_only_directory,
// deny_executable_memory, lower_privileges; then start the threads; then load_seccomp, which covers them all.
// None of them fails: what could not be had is in the Protection, and the caller decides whether to go on.
#pragma once

#include "host/assurance.h"
#include "host/landlock.h"
#include "host/posture.h"
#include "host/system_calls.h"

namespace coffer::host {

// forbid_core_dumps sets the core size limit to 0 and makes the process not dumpable, so that other processes
// of the same user can neither attach to it nor open its /proc/PID/mem.
Protection forbid_core_dumps();

// forbid_new_privileges makes set-user-ID programs and file capabilities without effect, for good.
Protection forbid_new_privileges();

// deny_executable_memory makes it impossible to get new executable memory (PR_SET_MDWE, Linux 6.3).
Protection deny_executable_memory();

// lower_privileges drops all capabilities when the process has some (it was started by root); the user id
// stays, because it owns the files. Covers the calling thread and those it starts later.
Protection lower_privileges();

// lower_privileges_to_start is lower_privileges() for a process that starts others: they still lock memory
// without a limit, before they give that up too, and it listens at ports below 1024.
Protection lower_privileges_to_start();

}  // namespace coffer::host
