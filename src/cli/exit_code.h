// Exit code and advice for each Code: the one table in which the command line translates errors.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace coffer::cli {

// Outcome is what a failure means to a caller of the program, and what a person should do next: a text in
// which
// "@help" stands for the help of the command that failed.
struct Outcome {
  Code code;
  int exit_code;
  std::string_view next;
};

// outcome_of gives the row of a code; codes without a row of their own are plain failures.
const Outcome& outcome_of(Code code);

// advice is `next` for the command of that name; an empty one is none.
std::string advice(const Outcome& outcome, std::string_view command);

}  // namespace coffer::cli
