// Keeper: whether a vault, or a link, runs, and which process keeps it - also where the files that say so are
// gone.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/result.h"
#include "host/process.h"

namespace coffer::host {

// Keeper is the process that keeps a vault (its guard) or a link going.
//
// It is unknown when the vault runs and its guard cannot be seen from here: in another container, or behind a
// /proc that hides processes.
struct Keeper {
  Child process;  // with a pid of -1 when it is unknown

  [[nodiscard]] bool is_known() const { return process.pid > 0; }
  [[nodiscard]] std::string name() const {
    return is_known() ? "process " + std::to_string(process.pid) : "a process that cannot be seen from here";
  }
};

// find_keeper gives the keeper of the vault or link in `home`, or nothing when nobody keeps it. Fails when
// that cannot be told, with `denied` when this user may not look.
//
// A number in a lock file is only a hint, which a full disk, a cleaner of temporary files or another
// container makes wrong. A keeper is a process that runs as such for this directory, as its owner; its pidfd
// was open before that was found out. Who is not found still holds a lock.
Result<std::optional<Keeper>> find_keeper(const std::string& home);

}  // namespace coffer::host
