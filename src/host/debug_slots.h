// DebugSlots: the guard is the debugger of the chip, so that nobody else can be.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string>

#include "base/result.h"

namespace coffer::host {

// Offer is what came of offering one's debug slot to the parent.
enum class Offer : std::uint8_t {
  made,
  taken,      // somebody else debugs this process
  forbidden,  // the system permits no debugger (Yama), so nobody can be one
};

// DebugSlots holds the debug slot (ptrace) of processes: Linux gives each thread one, so whoever else tries
// to attach gets EPERM, root too. When the holder dies, the kernel kills the held processes
// (PTRACE_O_EXITKILL).
//
// The slot belongs to the *thread* that called take(): that thread must also call service(), and live as long
// as the held processes shall. A held process stops at each signal and at each new thread until service() is
// called; signals that would stop it for longer (SIGSTOP) do nothing.
//
// The child offers and the parent takes, because a parent may not attach to a child that is not dumpable.
class DebugSlots final {
 public:
  // offer makes the parent of this process, which has one thread, its debugger. Between fork() and exec():
  // it allocates nothing. After Offer::made, raise(SIGSTOP) waits for take().
  static Offer offer();

  // take waits until a child that made its offer stops, and holds its slot, and those of the threads that it
  // will start. spawn() calls it at the right moment; see SpawnRequest::debug_slots.
  Status take(pid_t process);

  // service lets held threads go on: it passes signals on, except those that stop a process, and buries
  // threads that have ended (else the end of the process would never be reported). Call it on every SIGCHLD,
  // before try_reap(). It touches neither how processes ended nor what any other child does, and never
  // blocks.
  void service();

  // forget ends the book-keeping for a process that has been reaped.
  void forget(pid_t process);

 private:
  void note_threads(pid_t process);

  std::set<pid_t> processes_;
  std::set<pid_t> threads_;  // of all held processes, without their leaders
};

// debugger_complaint says that a process debugs this one, or that this cannot be told; it is empty when
// nobody does, or only the process `permitted`.
//
// Who could attach before this process was unreadable stays its debugger. He can forge what this function
// sees, as he can forge all else: it keeps out whoever debugs by habit or by the tools that there are, and no
// more.
std::string debugger_complaint(pid_t permitted = 0);

}  // namespace coffer::host
