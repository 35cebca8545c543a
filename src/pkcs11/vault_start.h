// Vault start: runs `coffer up` for an application that found no vault running, without the application
// noticing.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "base/result.h"

namespace coffer::pkcs11 {

// VaultStart starts vaults. One thread at a time.
//
// The application gets no SIGCHLD and its wait() finds no child of ours; the vault inherits none of its
// descriptors, its signal mask or its terminal.
class VaultStart final {
 public:
  // kStartTimeMax is how long run() waits for `coffer up` to say that the vault answers.
  static constexpr std::chrono::milliseconds kStartTimeMax{10000};

  // run runs `program up` with COFFER_HOME=home and returns when it has ended well: then the vault answers.
  // Fails with `unavailable` when it ended otherwise, `timed_out` when it takes too long, `limit` when the
  // system has no process for it.
  Status run(const std::string& program, const std::string& home);

 private:
  pid_t helper_ = 0;  // the process that waits for `coffer up`, while it has not been seen to end
};

// find_program gives the path of `coffer`: `chosen` when not empty; else beside this library; else in `path`,
// a list like $PATH. Empty when there is none.
std::string find_program(const std::string& chosen, const std::string& path);

}  // namespace coffer::pkcs11
