// Invocation: failures, warnings and exit codes.
#include "cli/invocation.h"

#include <unistd.h>

#include "cli/exit_code.h"

namespace coffer::cli {

void say_error(std::string_view text) {
  const std::string line = "coffer: " + printable(text) + '\n';
  const Status written = write_all(STDERR_FILENO, as_bytes(line));
  static_cast<void>(written.ok());  // Standard error is gone: there is nobody to tell.
}

Error Invocation::fail(Code code, std::string what, std::string next) {
  const Outcome& outcome = outcome_of(code);
  // The chip's own texts often end with what to do.
  if (next.empty() && what.find(": ") == std::string::npos) next = advice(outcome, command);
  failure = Failure{std::move(what), std::move(next), outcome.exit_code};
  return Error::received(code, "see what was noted");
}

Error Invocation::usage(std::string what, std::string next) {
  failure = Failure{std::move(what), std::move(next), kExitUsage};
  return Error{Code::invalid, "see what was noted"};
}

void Invocation::warn(std::string_view text) { say_error(std::string("warning: ") + std::string(text)); }

int Invocation::conclude(const Status& status) {
  const Status printed = output.flush();
  if (!status.ok()) {
    if (!failure) {
      const Error failed = fail(status.error().code, std::string(status.error().text));
      static_cast<void>(failed);
    }
    say_error(failure->next.empty() ? failure->what : failure->what + ": " + failure->next);
    return failure->exit_code;
  }
  if (!printed.ok()) {
    say_error("standard output cannot be written: look where it is redirected to");
    return kExitFailed;
  }
  return exit_code;
}

}  // namespace coffer::cli
