// Guard: the parent of a vault's processes. It reads no key; it starts, watches and restarts chip, store
// broker, audit writer and net door, and occupies the chip's debug slot.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/roles.h"
#include "base/result.h"
#include "host/assurance.h"
#include "host/deadline.h"
#include "host/debug_slots.h"
#include "host/descriptor.h"
#include "host/process.h"

namespace coffer::apps {

struct Member;  // one child with its control socket

// Guard runs in the thread that makes it; that thread is the tracer of the chip.
class Guard {
 public:
  // create takes the vault's lock and opens its socket. Fails with `exists` when a guard runs already and
  // with `not_initialized` when `home` holds no vault.
  // `image` is the program that its children run.
  static Result<std::unique_ptr<Guard>> create(const std::string& home, host::Descriptor image);
  ~Guard();
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  // run keeps the processes going until the vault is told to end. `announce` hears what takes long until the
  // chip answers for the first time, and then that. Returns an error when they could not be started at all.
  Status run(const Announce& announce);

 private:
  struct Family;  // the three children of one generation
  struct Parts;
  explicit Guard(std::unique_ptr<Parts> parts);

  Status start_family(Family& family);
  // await_ready serves debug events until all say that they serve. It has no deadline: who works is waited
  // for, and who hangs is not.
  Status await_ready(Family& family);
  Result<host::Assurance> await_start(Member& member);
  void announce(const std::string& text);
  // feel_pulses ends the children that hang.
  void feel_pulses(Family& family);
  // watch returns true when the vault was asked to end, false when a child died.
  bool watch(Family& family);
  Status why_not_ready(Family& family, Status ready);
  void end_family(Family& family, bool in_good_order);
  bool stop_requested();
  // reap waits for the end of one child, serving debug events meanwhile; nothing when the deadline passed.
  std::optional<host::Exit> reap(Member& member, host::Deadline deadline);

  std::unique_ptr<Parts> parts_;
};

}  // namespace coffer::apps
