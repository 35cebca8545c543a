// Processes: spawn a role, watch it by pidfd, wait for signals.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "host/debug_slots.h"
#include "host/descriptor.h"

namespace coffer::host {

// kInheritedFirst is the number at which a child finds the first descriptor that it was handed.
inline constexpr int kInheritedFirst = 3;
// kInheritedMax is how many descriptors a child can be handed.
inline constexpr std::size_t kInheritedMax = 16;

// SpawnRequest says what to run and what it inherits. Nothing else crosses: no other descriptor, no other
// environment variable.
struct SpawnRequest {
  std::string executable = "/proc/self/exe";
  int image = -1;                        // of a program (host/program_image.h): runs instead of `executable`
  std::vector<std::string> arguments;    // all of argv, the name of the program first
  std::vector<std::string> environment;  // "NAME=value"
  std::vector<int> inherited;            // the child finds them at 3, 4, 5, ... in this order
  // When set, the child's debug slot is taken before its program starts, so there is no moment at which
  // another process could take it. The calling thread becomes the tracer. Where the system permits no
  // debugger (Yama), nobody has the slot.
  DebugSlots* debug_slots = nullptr;
};

// Child is a process that we started. Its pidfd can be waited for with wait_readable(); it never means
// another process, even after the number has been used again.
struct Child {
  pid_t pid = -1;
  Descriptor pidfd;
  bool is_held = false;  // its debug slot
};

// Exit tells how a child ended: by itself with a code, or by a signal. It is not known when somebody else has
// taken the status, or a debugger that was attached to it keeps it.
struct Exit {
  bool by_signal = false;
  int number = 0;
  bool is_known = true;

  [[nodiscard]] bool is_well() const { return is_known && !by_signal && number == 0; }
};

// spawn starts a program and returns when it really runs: a failed exec is our failure, not the child's. The
// child is killed when the *thread* that called spawn() ends, so call it from the thread that lives longest.
Result<Child> spawn(const SpawnRequest& request);

// become runs a program in this process, which keeps its id, working directory and signal mask; nothing else
// crosses, as with spawn(). It returns only when that failed.
Error become(const SpawnRequest& request);

// open_pidfd makes a pidfd for a process; `not_found` when it does not exist.
Result<Descriptor> open_pidfd(pid_t pid);

// try_reap gives how a child ended, or nothing while it runs: an end that cannot be told is one. A reaped
// child must not be asked again.
std::optional<Exit> try_reap(const Child& child);

// kill_child sends a signal through the pidfd; a child that has already ended is no failure.
Status kill_child(const Child& child, int signal);

// processor_time is how much processor time a child has used so far, all of its threads together; zero when
// that cannot be told. It must not have been reaped.
std::chrono::nanoseconds processor_time(const Child& child);

// process_status is what /proc/PID/status says of a process, and status_number the number of a field of it
// ("Uid", "Threads"); none when there is no such field. Of several numbers it is the first.
Result<Buffer> process_status(pid_t pid);
std::optional<std::uint64_t> status_number(Bytes status, const std::string& field);

// watch_signals blocks the given signals in this thread (and in those it starts later) and gives a descriptor
// on which they arrive, non-blocking.
Result<Descriptor> watch_signals(std::initializer_list<int> signals);

// next_signal takes the next signal off that descriptor, or nothing when none waits.
Result<std::optional<int>> next_signal(const Descriptor& signals);

}  // namespace coffer::host
