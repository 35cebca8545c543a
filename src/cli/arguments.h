// Arguments: a command line held against the options and operands of its command.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command.h"

namespace coffer::cli {

// Arguments are the values of one command line. Options are asked for by their long name.
class Arguments {
 public:
  [[nodiscard]] bool has(std::string_view option) const;
  // value is the last one given, or nothing.
  [[nodiscard]] std::optional<std::string> value(std::string_view option) const;
  [[nodiscard]] std::string value_or(std::string_view option, std::string_view otherwise) const;
  [[nodiscard]] std::vector<std::string> values(std::string_view option) const;
  [[nodiscard]] const std::vector<std::string>& operands() const { return operands_; }
  // operand is the one at `index`, or empty.
  [[nodiscard]] std::string operand(std::size_t index) const;

  void add_option(std::string_view name, std::string value) { options_.emplace_back(name, std::move(value)); }
  void add_operand(std::string value) { operands_.push_back(std::move(value)); }

 private:
  std::vector<std::pair<std::string_view, std::string>> options_;
  std::vector<std::string> operands_;
};

// Parsed is what came of a command line: `fault` is empty, or says what is wrong with it.
//
// `command` is null when no command was named, or only a group: then `group` is set. With --help nothing is
// checked beyond the names.
struct Parsed {
  const Command* command = nullptr;
  const Group* group = nullptr;
  Arguments arguments;
  std::string fault;

  [[nodiscard]] bool wants_help() const { return arguments.has("--help"); }
};

// parse reads a command line. The command's words come first; --home, --json, --help and --version may stand
// in front of them or anywhere behind. "--" ends the options, "--name=value" is "--name value".
Parsed parse(std::span<const std::string> words);

}  // namespace coffer::cli
