// Sandbox: a process gives up what it does not need. Each function does one thing and tells what came of it.
//
// The order that works, in a process that has one thread: forbid_core_dumps, forbid_new_privileges, make the
// arena, inspect the machine (check_*: they read /proc), deny_filesystem or allow_only_directory,
// deny_executable_memory, lower_privileges; then start the threads; then load_seccomp, which covers them all.
// None of them fails: what could not be had is in the Protection, and the caller decides whether to go on.
#pragma once

#include <cstdint>
#include <string>

#include "host/assurance.h"

namespace coffer::host {

// Role is a process that has its own list of permitted system calls (host/system_calls.h).
enum class Role : std::uint8_t { chip, store, audit };

// forbid_core_dumps sets the core size limit to 0 and makes the process not dumpable, so that other processes
// of the same user can neither attach to it nor open its /proc/PID/mem.
Protection forbid_core_dumps();

// forbid_new_privileges makes set-user-ID programs and file capabilities without effect, for good.
Protection forbid_new_privileges();

// deny_filesystem takes away every file-system right that landlock of this kernel knows, TCP bind and
// connect, signals to and abstract sockets of processes outside. Descriptors that are already open keep
// working. It covers the calling thread and those it starts later, so it is `off` with a reason when others
// exist already.
Protection deny_filesystem();

// allow_only_directory is deny_filesystem() except for reading and writing ordinary files under `path`;
// nothing under it can be executed, and no device, socket or link can be made there.
Protection allow_only_directory(const std::string& path);

// deny_executable_memory makes it impossible to get new executable memory (PR_SET_MDWE, Linux 6.3).
Protection deny_executable_memory();

// lower_privileges drops all capabilities when the process has some (it was started by root); the user id
// stays, because it owns the files. Covers the calling thread and those it starts later.
Protection lower_privileges();

// load_seccomp loads the role's list of system calls into all threads. What is not on the list ends the chip
// at once (SIGSYS); the store and the audit writer get EPERM, except for calls only an attacker would make.
Protection load_seccomp(Role role);

// check_swap tells whether memory of ordinary pages can reach a disk. Information only.
Protection check_swap();

// check_ptrace_scope tells how the kernel restricts debuggers (Yama). Information only.
Protection check_ptrace_scope();

// check_proc_mem tells whether the kernel lets root write to read-only memory of other processes through
// /proc/PID/mem (proc_mem.force_override, Linux 6.12). Information only.
Protection check_proc_mem();

// check_hibernation tells whether this machine can write all its memory to disk. Information only.
Protection check_hibernation();

}  // namespace coffer::host
