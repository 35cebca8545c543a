// DebugSlots: the guard is the debugger of the chip, so that nobody else can be.
#pragma once

#include <sys/types.h>

#include <set>

#include "base/result.h"

namespace coffer::host {

// DebugSlots holds the debug slot (ptrace) of processes: Linux gives each thread one, so whoever else tries
// to attach gets EPERM, root too. When the holder dies, the kernel kills the held processes
// (PTRACE_O_EXITKILL).
//
// The slot belongs to the *thread* that called hold(): that thread must also call service(), and live as long
// as the held processes shall. A held process stops at each signal and at each new thread until service() is
// called.
class DebugSlots final {
 public:
  // hold takes the slots of all threads of a process, and of those that it will start. The process must be
  // our child or we must be allowed to debug it (a non-dumpable process of the same user is not). Fails with
  // `conflict` when somebody else debugs it, otherwise with `denied`. spawn() calls it at the right moment;
  // see SpawnRequest::debug_slots.
  Status hold(pid_t process);

  // service lets held threads go on: it passes signals on, keeps stopped processes stopped, and buries
  // threads that have ended (else the end of the process would never be reported). Call it on every SIGCHLD,
  // before try_reap(). It does not touch how processes ended, and never blocks.
  void service();

  // forget ends the book-keeping for a process that has been reaped.
  void forget(pid_t process);

 private:
  bool take_new_threads(pid_t process);
  void bury_threads();

  std::set<pid_t> processes_;
  std::set<pid_t> threads_;  // of all held processes, without their leaders
};

}  // namespace coffer::host
