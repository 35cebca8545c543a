// Posture: what the machine around Coffer allows root and others to do. Information only; nothing is changed.
#pragma once

#include "host/assurance.h"

namespace coffer::host {

// check_swap tells whether ordinary pages can be written to a disk.
Protection check_swap();

// check_ptrace_scope tells how the kernel restricts debuggers (Yama).
Protection check_ptrace_scope();

// check_proc_mem tells whether the kernel lets root write through /proc/PID/mem where the process itself
// could not (proc_mem.force_override, Linux 6.12).
Protection check_proc_mem();

// check_hibernation tells whether all memory of this machine can be written to a disk.
Protection check_hibernation();

}  // namespace coffer::host
