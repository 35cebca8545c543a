// Arguments: parsing and checking a command line.
#include "cli/arguments.h"

#include <algorithm>

namespace coffer::cli {

namespace {

const Option* find_option(std::span<const Option> options, std::string_view name) {
  const auto place = std::ranges::find_if(options, [name](const Option& option) {
    return option.name == name || (!option.short_name.empty() && option.short_name == name);
  });
  return place == options.end() ? nullptr : &*place;
}

bool has_choices(std::string_view argument) { return argument.find('|') != std::string_view::npos; }

// What a person may choose, in a message; nothing where anything goes.
std::string choices_behind(std::string_view argument) {
  return has_choices(argument) ? " (" + std::string(argument) + ")" : std::string();
}

// As much of a value that is too long as tells which it is.
constexpr std::size_t kShownBytes = 24;

// An operand in a message: the help writes it in capitals.
std::string what(const Operand& operand) {
  if (operand.placeholder.empty() && has_choices(operand.name)) return "one of " + std::string(operand.name);
  std::string name(operand.placeholder.empty() ? operand.name : operand.placeholder);
  for (char& each : name) each = each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
  return "the " + name;
}

bool looks_like_option(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

// Parser walks over the words once.
class Parser {
 public:
  explicit Parser(std::span<const std::string> words) : words_(words) {}

  Parsed run() {
    while (parsed_.fault.empty() && !words_.empty()) step();
    if (parsed_.fault.empty() && !parsed_.wants_help() && !parsed_.arguments.has("--version")) check();
    return std::move(parsed_);
  }

 private:
  void step() {
    const std::string word = words_.front();
    words_ = words_.subspan(1);
    if (word == "--" && !options_end_) {
      options_end_ = true;
    } else if (!options_end_ && looks_like_option(word)) {
      take_option(word);
    } else if (parsed_.command == nullptr) {
      take_command_word(word);
    } else {
      parsed_.arguments.add_operand(word);
    }
  }

  void take_command_word(const std::string& word) {
    const std::string name = parsed_.group == nullptr ? word : std::string(parsed_.group->name) + ' ' + word;
    parsed_.command = find_command(name);
    if (parsed_.command != nullptr) return;
    if (parsed_.group == nullptr) parsed_.group = find_group(word);
    if (parsed_.group == nullptr || name != word) parsed_.fault = "there is no command '" + name + "'";
  }

  void take_option(const std::string& word) {
    const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    const std::string name = word.substr(0, equals);
    const Option* option = find_option(global_options(), name);
    if (option == nullptr && parsed_.command != nullptr) option = find_option(parsed_.command->options, name);
    if (option == nullptr) return refuse("there is no option '" + name + "'" + place());
    if (parsed_.arguments.has(option->name) && !option->repeats && !option->argument.empty()) {
      return refuse("option '" + name + "' is given twice");
    }
    if (option->argument.empty()) {
      if (equals != std::string::npos) return refuse("option '" + name + "' takes no value");
      return parsed_.arguments.add_option(option->name, {});
    }
    std::string value;
    if (equals != std::string::npos) {
      value = word.substr(equals + 1);
    } else if (!words_.empty()) {
      value = words_.front();
      words_ = words_.subspan(1);
    } else {
      return refuse("option '" + name + "' needs a value" + choices_behind(option->argument));
    }
    if (!is_choice(option->argument, value)) {
      return refuse("'" + value + "' is not a value of " + name + ": " + std::string(option->argument));
    }
    parsed_.arguments.add_option(option->name, std::move(value));
  }

  [[nodiscard]] std::string place() const {
    if (parsed_.command == nullptr) return " in front of the command";
    return " of '" + std::string(parsed_.command->name) + "'";
  }

  void check() {
    if (parsed_.command == nullptr) return;
    check_limits();
    for (const Option& option : parsed_.command->options) {
      if (option.is_required && !parsed_.arguments.has(option.name)) {
        return refuse("option '" + std::string(option.name) + "' is missing" +
                      choices_behind(option.argument));
      }
    }
    check_operands();
  }

  void check_limits() {
    for (const Option& option : parsed_.command->options) {
      const auto given = parsed_.arguments.values(option.name);
      for (const std::string& value : given)
        check_bytes("option '" + std::string(option.name) + "'", value, option.limit);
      if (option.limit.times != 0 && given.size() > option.limit.times) {
        refuse("option '" + std::string(option.name) + "' may be given " +
               std::to_string(option.limit.times) + " times, and is given " + std::to_string(given.size()) +
               " times");
      }
    }
    const auto& operands = parsed_.arguments.operands();
    for (std::size_t i = 0; i < std::min(operands.size(), parsed_.command->operands.size()); ++i)
      check_bytes(what(parsed_.command->operands[i]), operands[i], parsed_.command->operands[i].limit);
  }

  void check_bytes(const std::string& name, const std::string& value, const Limit& limit) {
    if (limit.bytes == 0 || value.size() <= limit.bytes) return;
    refuse(name + " may have " + std::to_string(limit.bytes) + " octets, and has " +
           std::to_string(value.size()) + ": '" + value.substr(0, kShownBytes) + "...'");
  }

  void check_operands() {
    const auto& given = parsed_.arguments.operands();
    const std::span<const Operand> wanted = parsed_.command->operands;
    for (std::size_t i = given.size(); i < wanted.size(); ++i) {
      if (wanted[i].is_required) return refuse(what(wanted[i]) + " is missing");
    }
    for (std::size_t i = 0; i < given.size(); ++i) {
      const bool fits = i < wanted.size() || (!wanted.empty() && wanted.back().repeats);
      if (!fits) return refuse("'" + given[i] + "' is one word too many");
      const Operand& operand = wanted[std::min(i, wanted.size() - 1)];
      if (!is_choice(operand.name, given[i])) {
        return refuse("'" + given[i] + "' is none of " + std::string(operand.name));
      }
    }
  }

  // The first fault is the one that is told.
  void refuse(std::string fault) {
    if (parsed_.fault.empty()) parsed_.fault = std::move(fault);
  }

  std::span<const std::string> words_;
  Parsed parsed_;
  bool options_end_ = false;
};

}  // namespace

bool Arguments::has(std::string_view option) const {
  return std::ranges::any_of(options_, [option](const auto& each) { return each.first == option; });
}

std::optional<std::string> Arguments::value(std::string_view option) const {
  std::optional<std::string> last;
  for (const auto& [name, value] : options_) {
    if (name == option) last = value;
  }
  return last;
}

std::string Arguments::value_or(std::string_view option, std::string_view otherwise) const {
  return value(option).value_or(std::string(otherwise));
}

std::vector<std::string> Arguments::values(std::string_view option) const {
  std::vector<std::string> all;
  for (const auto& [name, value] : options_) {
    if (name == option) all.push_back(value);
  }
  return all;
}

std::string Arguments::operand(std::size_t index) const {
  return index < operands_.size() ? operands_[index] : std::string();
}

Parsed parse(std::span<const std::string> words) { return Parser(words).run(); }

}  // namespace coffer::cli
