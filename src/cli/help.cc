// Help: laying the table out for a terminal of 80 columns.
#include "cli/help.h"

#include <algorithm>
#include <vector>

namespace coffer::cli {

namespace {

constexpr std::size_t kLineColumns = 80;
constexpr std::size_t kTextColumn = 30;

// fill adds words to `output` and starts a new line, indented, where one would pass the edge. `column` is
// where the first word stands.
void fill(std::string& output, std::string_view text, std::size_t column, std::size_t indent) {
  bool first = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!first && column + 1 + word.size() > kLineColumns) {
      output += '\n';
      output.append(indent, ' ');
      column = indent;
    } else if (!first) {
      output += ' ';
      ++column;
    }
    output += word;
    column += word.size();
    first = false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  output += '\n';
}

// entry is one line of a list: a name, and a text from kTextColumn on.
void entry(std::string& output, const std::string& name, std::string_view text) {
  std::string line = "  " + name;
  if (line.size() + 2 > kTextColumn) {
    output += line + '\n';
    line.clear();
  }
  line.resize(kTextColumn, ' ');
  output += line;
  fill(output, text, kTextColumn, kTextColumn);
}

std::string option_text(const Option& option) {
  std::string text;
  if (!option.short_name.empty()) text += std::string(option.short_name) + ", ";
  text += option.name;
  if (!option.argument.empty()) text += ' ' + std::string(option.argument);
  return text;
}

std::string option_help(const Option& option) {
  std::string text(option.help);
  return text + limit_text(option.limit, option.repeats);
}

void options_help(std::string& output, std::string_view heading, std::span<const Option> options) {
  if (options.empty()) return;
  output += '\n' + std::string(heading) + ":\n";
  for (const Option& option : options) entry(output, option_text(option), option_help(option));
}

// details prints paragraphs; a line that begins with a blank is an example and stays as it is.
void details(std::string& output, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (line.starts_with(' ')) {
      output += "  " + std::string(line.substr(1)) + '\n';
    } else {
      fill(output, line, 0, 0);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void list_commands(std::string& output, std::string_view group) {
  for (const Command* command : commands()) {
    if (!command->is_hidden && group_of(*command) == group) {
      entry(output, std::string(command->name), command->summary);
    }
  }
}

}  // namespace

std::string operand_text(const Operand& operand) {
  std::string text(operand.help);
  if (operand.placeholder.empty()) return text;
  text += ": ";
  for (const char character : operand.name)
    text += character == '|' ? std::string(", ") : std::string(1, character);
  return text;
}

std::string usage_line(const Command& command) {
  std::string line = "coffer " + std::string(command.name);
  for (const Operand& operand : command.operands) {
    const std::string_view shown = operand.placeholder.empty() ? operand.name : operand.placeholder;
    const std::string name = std::string(shown) + (operand.repeats ? "..." : "");
    line += operand.is_required ? ' ' + name : " [" + name + ']';
  }
  for (const Option& option : command.options) {
    const std::string name = std::string(option.short_name.empty() ? option.name : option.short_name);
    const std::string text = option.argument.empty() ? name : name + ' ' + std::string(option.argument);
    line += option.is_required ? ' ' + text : " [" + text + ']';
    if (option.repeats) line += "...";
  }
  return line;
}

std::string overview() {
  std::string output =
      "Coffer is a software security module: one sandboxed process holds keys and uses\n"
      "them; nothing outside it ever sees one.\n"
      "\n"
      "usage: coffer [--home DIR] COMMAND [OPTIONS]\n"
      "\n"
      "The vault:\n";
  list_commands(output, "");
  for (const Group& group : groups()) {
    output += '\n' + std::string(group.summary) + ":\n";
    list_commands(output, group.name);
  }
  options_help(output, "Every command takes", global_options());
  output +=
      "\n"
      "'coffer help COMMAND' tells more about one command.\n"
      "\n"
      "  coffer init\n"
      "  coffer token create web --pin-file pin --so-pin-file so-pin\n"
      "  coffer key generate p256 --token web --label tls --pin-file pin\n"
      "  echo hello | coffer key sign --label tls --pin-file pin -o hello.sig\n";
  return output;
}

std::string group_help(const Group& group) {
  std::string output = "usage: coffer " + std::string(group.name) + " COMMAND [OPTIONS]\n\n";
  output += std::string(group.summary) + ":\n";
  list_commands(output, group.name);
  output += "\n'coffer help " + std::string(group.name) + " COMMAND' tells more.\n";
  return output;
}

std::string command_help(const Command& command) {
  std::string output = "usage: ";
  constexpr std::size_t kUsageIndent = 7;
  fill(output, usage_line(command), kUsageIndent, kUsageIndent + 4);
  output += '\n';
  fill(output, std::string(command.summary) + '.', 0, 0);
  if (!command.details.empty()) {
    output += '\n';
    details(output, command.details);
  }
  if (!command.operands.empty()) output += "\nArguments:\n";
  for (const Operand& operand : command.operands) {
    const bool has_list = !operand.placeholder.empty();
    entry(output, std::string(has_list ? operand.placeholder : operand.name), operand_text(operand));
  }
  options_help(output, "Options", command.options);
  options_help(output, "Options of every command", global_options());
  return output;
}

}  // namespace coffer::cli
