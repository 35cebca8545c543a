// Completion: three scripts out of one table.
//
// Each script finds the command among the words before the cursor, then completes the value of the option in
// front of the cursor, or the command's options and operands.
#include "cli/completion.h"

#include <algorithm>
#include <string_view>

#include "cli/command.h"

namespace coffer::cli {

namespace {

// replaced puts `with` in place of each `what`.
std::string replaced(std::string_view text, char what, std::string_view with) {
  std::string output;
  for (const char character : text) {
    if (character == what) {
      output += with;
    } else {
      output += character;
    }
  }
  return output;
}

bool has_choices(std::string_view argument) { return argument.find('|') != std::string_view::npos; }
std::string choices_of(std::string_view argument) { return replaced(argument, '|', " "); }

// Quoted for bash and zsh, and for fish.
std::string shell_quoted(std::string_view text) { return '\'' + replaced(text, '\'', "'\\''") + '\''; }
std::string fish_quoted(std::string_view text) {
  return '\'' + replaced(replaced(text, '\\', "\\\\"), '\'', "\\'") + '\'';
}

std::string verb_of(const Command& command) {
  const std::string_view group = group_of(command);
  return std::string(group.empty() ? command.name : command.name.substr(group.size() + 1));
}

std::string group_names() {
  std::string names;
  for (const Group& group : groups()) names += std::string(group.name) + ' ';
  return names;
}

std::string verbs(std::string_view group) {
  std::string words;
  for (const Command* command : commands()) {
    if (!command->is_hidden && group_of(*command) == group) words += verb_of(*command) + ' ';
  }
  return words;
}

// operand_choices are the words that a command takes without a dash, as far as they are known.
std::string operand_choices(const Command& command) {
  std::string words;
  for (const Operand& operand : command.operands) {
    if (has_choices(operand.name)) words += choices_of(operand.name) + ' ';
    if (operand.name == "COMMAND") words += verbs("") + group_names();
  }
  return words;
}

bool takes(const Command& command, std::string_view operand_name) {
  return std::ranges::find(command.operands, operand_name, &Operand::name) != command.operands.end();
}

// ---- bash
// ------------------------------------------------------------------------------------------------------

std::string bash_action(std::string_view argument) {
  if (argument == "FILE") return "_coffer_files -f; return";
  if (argument == "DIR") return "_coffer_files -d; return";
  if (argument == "USER") return "mapfile -t COMPREPLY < <(compgen -u -- \"$word\"); return";
  if (has_choices(argument)) {
    return "mapfile -t COMPREPLY < <(compgen -W '" + choices_of(argument) + "' -- \"$word\"); return";
  }
  return "return";
}

std::string option_pattern(std::string_view command, const Option& option) {
  const std::string front = command.empty() ? "*'|" : "'" + std::string(command) + '|';
  std::string pattern = front + std::string(option.name) + "'";
  if (!option.short_name.empty()) pattern += " | " + front + std::string(option.short_name) + "'";
  return pattern;
}

std::string option_words(std::span<const Option> options) {
  std::string words;
  for (const Option& option : options) {
    words += std::string(option.name) + ' ';
    if (!option.short_name.empty()) words += std::string(option.short_name) + ' ';
  }
  return words;
}

constexpr std::string_view kBashFront = R"(# bash completion for coffer, made by 'coffer completion bash'.
_coffer_files() {
  compopt -o filenames
  mapfile -t COMPREPLY < <(compgen "$1" -- "$word")
}

_coffer() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --home) ((i++)); continue ;;
      -*) continue ;;
    esac
    command=${command:+$command }${COMP_WORDS[i]}
    case $command in
      @GROUPS@) ;;
      *) break ;;
    esac
  done
  COMPREPLY=()
  case $command'|'$previous in
)";

constexpr std::string_view kBashBack = R"(  esac
  [[ $word == -* || -z $files ]] || _coffer_files -f
  [[ $word == -* || -z $users ]] || mapfile -t COMPREPLY < <(compgen -u -- "$word")
  mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _coffer coffer
)";

// ---- zsh
// -------------------------------------------------------------------------------------------------------

std::string zsh_action(std::string_view argument) {
  if (argument == "FILE") return "_files; return";
  if (argument == "DIR") return "_files -/; return";
  if (argument == "USER") return "_users; return";
  if (has_choices(argument)) return "compadd -- " + choices_of(argument) + "; return";
  return "return";
}

std::string zsh_item(std::string_view name, std::string_view text) {
  return shell_quoted(replaced(name, ':', "\\:") + ':' + replaced(text, ':', "\\:"));
}

std::string zsh_options(std::span<const Option> options) {
  std::string items;
  for (const Option& option : options) {
    items += ' ' + zsh_item(option.name, option.help);
    if (!option.short_name.empty()) items += ' ' + zsh_item(option.short_name, option.help);
  }
  return items;
}

std::string zsh_verbs(std::string_view group) {
  std::string items;
  for (const Command* command : commands()) {
    if (!command->is_hidden && group_of(*command) == group) {
      items += ' ' + zsh_item(verb_of(*command), command->summary);
    }
  }
  return items;
}

constexpr std::string_view kZshFront = R"(#compdef coffer
# zsh completion for coffer, made by 'coffer completion zsh'.
_coffer() {
  local previous=$words[CURRENT-1] command='' i
  local -a names options
  for ((i = 2; i < CURRENT; i++)); do
    case $words[i] in
      --home) ((i++)); continue ;;
      -*) continue ;;
    esac
    command=${command:+$command }$words[i]
    case $command in
      @GROUPS@) ;;
      *) break ;;
    esac
  done
  case $command'|'$previous in
)";

constexpr std::string_view kZshBack = R"(  esac
  (( ${#names} )) && _describe -t commands 'command' names
  (( ${#options} )) && _describe -o -t options 'option' options
}
_coffer "$@"
)";

// ---- fish
// ------------------------------------------------------------------------------------------------------

constexpr std::string_view kFishFront = R"(# fish completion for coffer, made by 'coffer completion fish'.
function __coffer_command
    set -l words (commandline -opc)
    set -l found
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --home
                set -e words[1]
            case '-*'
            case '*'
                set -a found $words[1]
                contains -- "$found" @GROUPS@; or break
        end
        set -e words[1]
    end
    echo "$found"
end
function __coffer_is
    test (__coffer_command) = "$argv[1]"
end
complete -c coffer -f
)";

std::string fish_value(std::string_view argument) {
  if (argument.empty()) return "";
  if (argument == "FILE") return " -r -F";
  if (argument == "DIR") return " -x -a '(__fish_complete_directories)'";
  if (argument == "USER") return " -x -a '(__fish_complete_users)'";
  if (has_choices(argument)) return " -x -a '" + choices_of(argument) + "'";
  return " -x";
}

std::string fish_option(const std::string& condition, const Option& option) {
  std::string line = "complete -c coffer" + condition + " -l " + std::string(option.name.substr(2));
  if (!option.short_name.empty()) line += " -s " + std::string(option.short_name.substr(1));
  return line + fish_value(option.argument) + " -d " + fish_quoted(option.help) + '\n';
}

std::string fish_condition(std::string_view command) {
  return " -n \"__coffer_is '" + std::string(command) + "'\"";
}

std::string fish_word(std::string_view command, std::string_view word, std::string_view text) {
  return "complete -c coffer" + fish_condition(command) + " -a '" + std::string(word) + "' -d " +
         fish_quoted(text) + '\n';
}

std::string with_groups(std::string_view text, std::string_view separator, std::string_view quote) {
  std::string names;
  for (const Group& group : groups()) {
    if (!names.empty()) names += separator;
    names += std::string(quote) + std::string(group.name) + std::string(quote);
  }
  std::string output(text);
  constexpr std::string_view kPlace = "@GROUPS@";
  output.replace(output.find(kPlace), kPlace.size(), names);
  return output;
}

}  // namespace

std::string bash_completion() {
  std::string output = with_groups(kBashFront, " | ", "");
  for (const Option& option : global_options()) {
    if (!option.argument.empty())
      output += "    " + option_pattern("", option) + ") " + bash_action(option.argument) + " ;;\n";
  }
  for (const Command* command : commands()) {
    for (const Option& option : command->options) {
      if (option.argument.empty() || command->is_hidden) continue;
      output +=
          "    " + option_pattern(command->name, option) + ") " + bash_action(option.argument) + " ;;\n";
    }
  }
  output += "  esac\n  local files='' users=''\n  case $command in\n";
  const std::string global_words = option_words(global_options());
  output += "    '') words='" + verbs("") + group_names() + global_words + "' ;;\n";
  for (const Group& group : groups()) {
    output += "    '" + std::string(group.name) + "') words='" + verbs(group.name) + "' ;;\n";
  }
  for (const Command* command : commands()) {
    if (command->is_hidden) continue;
    output += "    '" + std::string(command->name) + "') words='" + operand_choices(*command) +
              option_words(command->options) + global_words + "'";
    if (takes(*command, "FILE")) output += "; files=yes";
    if (takes(*command, "USER")) output += "; users=yes";
    output += " ;;\n";
  }
  return output + std::string(kBashBack);
}

std::string zsh_completion() {
  std::string output = with_groups(kZshFront, " | ", "");
  for (const Option& option : global_options()) {
    if (!option.argument.empty())
      output += "    " + option_pattern("", option) + ") " + zsh_action(option.argument) + " ;;\n";
  }
  for (const Command* command : commands()) {
    for (const Option& option : command->options) {
      if (option.argument.empty() || command->is_hidden) continue;
      output += "    " + option_pattern(command->name, option) + ") " + zsh_action(option.argument) + " ;;\n";
    }
  }
  output += "  esac\n  options=(" + zsh_options(global_options()) + ")\n  case $command in\n";
  output += "    '') names=(" + zsh_verbs("");
  for (const Group& group : groups()) output += ' ' + zsh_item(group.name, group.summary);
  output += ") ;;\n";
  for (const Group& group : groups()) {
    output += "    '" + std::string(group.name) + "') names=(" + zsh_verbs(group.name) + ") ;;\n";
  }
  for (const Command* command : commands()) {
    if (command->is_hidden) continue;
    output += "    '" + std::string(command->name) + "') options+=(" + zsh_options(command->options) + ")";
    const std::string choices = operand_choices(*command);
    if (!choices.empty()) output += "; compadd -- " + choices;
    if (takes(*command, "FILE")) output += "; _files";
    if (takes(*command, "USER")) output += "; _users";
    output += " ;;\n";
  }
  return output + std::string(kZshBack);
}

std::string fish_completion() {
  std::string output = with_groups(kFishFront, " ", "");
  for (const Option& option : global_options()) output += fish_option("", option);
  for (const Group& group : groups()) output += fish_word("", group.name, group.summary);
  for (const Command* command : commands()) {
    if (command->is_hidden) continue;
    output += fish_word(group_of(*command), verb_of(*command), command->summary);
    const std::string condition = fish_condition(command->name);
    const std::string choices = operand_choices(*command);
    if (!choices.empty()) output += "complete -c coffer" + condition + " -a '" + choices + "'\n";
    if (takes(*command, "FILE")) output += "complete -c coffer" + condition + " -F\n";
    if (takes(*command, "USER"))
      output += "complete -c coffer" + condition + " -a '(__fish_complete_users)'\n";
    for (const Option& option : command->options) output += fish_option(condition, option);
  }
  return output;
}

}  // namespace coffer::cli
