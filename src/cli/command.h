// Command: one subcommand as data. Parsing, help, the man page and shell completion are made of it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace coffer::cli {

struct Invocation;

// Limit is what one argument may have; 0 is no limit of its own. The parser refuses more, and the help says
// it.
struct Limit {
  std::size_t bytes = 0;
  std::size_t times = 0;  // of an option that repeats
};

// Option is one option of a command.
//
// `argument` is what stands behind it in the help text; it also says what is completed and accepted: FILE and
// DIR are names of files and directories, USER is a user, words with '|' between them are the only values,
// and an empty one makes a flag.
struct Option {
  std::string_view name;        // "--pin-file"
  std::string_view short_name;  // "-o", or empty
  std::string_view argument;
  std::string_view help;  // one sentence without a full stop
  bool is_required = false;
  bool repeats = false;
  Limit limit = {};
};

// Operand is a word without a dash; `name` is as Option::argument.
struct Operand {
  std::string_view name;
  std::string_view help;
  bool is_required = true;
  bool repeats = false;               // only the last one may
  std::string_view placeholder = {};  // stands for a long list of choices; the list follows the help then
  Limit limit = {};
};

// Command is one row of the table.
struct Command {
  std::string_view name;     // "key sign": a group and a verb, or one word
  std::string_view summary;  // one line, without a full stop
  std::string_view
      details;  // paragraphs with an empty line between; a line that begins with a blank is an example
  std::span<const Option> options;
  std::span<const Operand> operands;
  Status (*execute)(Invocation& invocation);
  bool is_hidden = false;
  bool is_about_program = false;  // it looks at no vault
  bool may_be_debugged = false;   // no secret passes through it
};

// Group says what the commands that begin with one word are about.
struct Group {
  std::string_view name;
  std::string_view summary;
};

// limit_text is a limit as the help says it behind a sentence, empty where there is none.
std::string limit_text(const Limit& limit, bool repeats);

// global_options are understood by every command.
std::span<const Option> global_options();

// commands is the whole table, in the order in which people read it.
std::span<const Command* const> commands();

// groups are the first words of commands of two words.
std::span<const Group> groups();

// find_command gives the command of that name, or null.
const Command* find_command(std::string_view name);

// find_group gives the group of that name, or null.
const Group* find_group(std::string_view name);

// group_of is the first word of a command of two words, else empty.
std::string_view group_of(const Command& command);

// is_choice tells whether `value` is one of the words of "a|b|c"; an argument without a bar takes anything.
bool is_choice(std::string_view argument, std::string_view value);

}  // namespace coffer::cli
