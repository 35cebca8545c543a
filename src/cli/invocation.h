// Invocation: what one run of a command knows and may say.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/command.h"
#include "cli/output.h"
#include "codec/json.h"

namespace coffer::cli {

// Invocation is handed to every command. A command reports a failure with fail() and returns the Error that
// this gives: Errors hold literals only, and people want to read the name of the file.
struct Invocation {
  // Failure is what fail() noted. A command that finds another way forgets it, and its exit code with it.
  struct Failure {
    std::string what;
    std::string next;
    int exit_code = kExitFailed;
  };

  const Arguments& arguments;
  const Context& context;
  Output& output;
  std::string home;
  std::string_view command = {};  // its name
  bool json = false;
  int exit_code = kExitOk;  // of a command that works
  std::optional<Failure> failure = std::nullopt;

  // fail notes what went wrong and what to do next; without `next` the table of exit_code.h says.
  Error fail(Code code, std::string what, std::string next = {});
  // usage is a failure of whoever typed the command: exit code 2.
  Error usage(std::string what, std::string next = "see --help");
  // warn tells something on standard error at once.
  void warn(std::string_view text);
  // exit_with is for a command that worked and yet wants another exit code than 0.
  void exit_with(int code) { exit_code = code; }
  // print_json prints one JSON text and a newline.
  void print_json(codec::JsonWriter& json_text) { output.line(json_text.take()); }

  // conclude prints what fail() noted, if `status` is a failure, and gives the exit code.
  int conclude(const Status& status);
};

// say_error prints "coffer: TEXT" on standard error, as one line.
void say_error(std::string_view text);

}  // namespace coffer::cli
