// Tests of the command table, and of what is made of it: help, man page, completion.
#include "cli/command.h"

#include <gtest/gtest.h>

#include <set>

#include "cli/completion.h"
#include "cli/help.h"
#include "cli/key/key_type.h"
#include "cli/man.h"

namespace coffer::cli {
namespace {

constexpr std::size_t kSummaryMax = 78;
constexpr std::size_t kHelpColumns = 80;

std::vector<const Command*> visible() {
  std::vector<const Command*> all(commands().begin(), commands().end());
  std::erase_if(all, [](const Command* command) { return command->is_hidden; });
  return all;
}

std::string man_escaped(const std::string& text) {
  std::string escaped;
  for (const char character : text) {
    if (character == '-') escaped += '\\';
    escaped += character;
    if (character == '|') escaped += "\\:";
  }
  return escaped;
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(CommandTable, HasNoTwins) {
  std::set<std::string_view> names;
  for (const Command* command : commands()) EXPECT_TRUE(names.insert(command->name).second) << command->name;
}

TEST(CommandTable, HasAGroupForEveryFirstWord) {
  for (const Command* command : commands()) {
    const bool has_group = group_of(*command).empty() || find_group(group_of(*command)) != nullptr;
    EXPECT_TRUE(has_group) << command->name;
  }
}

TEST(CommandTable, HasOneLineSummariesWithoutFullStops) {
  for (const Command* command : commands()) {
    EXPECT_FALSE(command->summary.empty()) << command->name;
    EXPECT_LE(command->summary.size(), kSummaryMax) << command->name;
    EXPECT_FALSE(command->summary.ends_with('.')) << command->name;
  }
}

TEST(CommandTable, HasNoOptionThatHidesAGlobalOne) {
  for (const Command* command : commands()) {
    for (const Option& option : command->options) {
      EXPECT_TRUE(option.name.starts_with("--")) << command->name;
      for (const Option& global : global_options()) EXPECT_NE(option.name, global.name) << command->name;
    }
  }
}

TEST(CommandTable, TakesNoSecretOnTheCommandLine) {
  for (const Command* command : commands()) {
    for (const Option& option : command->options) {
      const bool is_secret =
          holds(std::string(option.name), "pin") || holds(std::string(option.name), "passphrase");
      EXPECT_TRUE(!is_secret || option.argument == "FILE") << command->name << ' ' << option.name;
    }
  }
}

TEST(CommandTable, NamesTheTypesOfKeysThatExist) {
  std::string names;
  for (const KeyTypeRow& row : kKeyTypes) names += (names.empty() ? "" : "|") + std::string(row.name);
  EXPECT_EQ(names, kKeyTypeChoices);
}

TEST(Help, ListsEveryCommand) {
  for (const Command* command : visible()) EXPECT_TRUE(holds(overview(), command->name)) << command->name;
}

TEST(Help, OfACommandNamesEveryOption) {
  for (const Command* command : visible()) {
    for (const Option& option : command->options) {
      EXPECT_TRUE(holds(command_help(*command), option.name)) << command->name << option.name;
    }
  }
}

TEST(Help, FitsATerminal) {
  for (const Command* command : visible()) {
    std::string text = command_help(*command);
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
      EXPECT_LE(end, kHelpColumns + 12) << text.substr(0, end);
      text.erase(0, end + 1);
    }
  }
}

TEST(Help, HidesHiddenCommands) { EXPECT_FALSE(holds(overview(), "  man ")); }

TEST(ManPage, HasEveryCommandAndOption) {
  const std::string page = man_page();
  for (const Command* command : visible()) {
    EXPECT_TRUE(holds(page, ".SS " + man_escaped(usage_line(*command)))) << command->name;
    for (const Option& option : command->options) {
      EXPECT_TRUE(holds(page, man_escaped(std::string(option.name)))) << command->name << option.name;
    }
  }
}

TEST(ManPage, HasTheExitCodes) { EXPECT_TRUE(holds(man_page(), ".SH EXIT STATUS")); }

TEST(Completion, OfBashHasEveryCommandAndOption) {
  const std::string script = bash_completion();
  for (const Command* command : visible()) {
    EXPECT_TRUE(holds(script, "'" + std::string(command->name) + "')")) << command->name;
    for (const Option& option : command->options) EXPECT_TRUE(holds(script, option.name)) << option.name;
  }
}

TEST(Completion, OfZshHasEveryCommandAndOption) {
  const std::string script = zsh_completion();
  for (const Command* command : visible()) {
    EXPECT_TRUE(holds(script, "'" + std::string(command->name) + "')")) << command->name;
    for (const Option& option : command->options) EXPECT_TRUE(holds(script, option.name)) << option.name;
  }
}

TEST(Completion, OfFishHasEveryCommandAndOption) {
  const std::string script = fish_completion();
  for (const Command* command : visible()) {
    EXPECT_TRUE(holds(script, "__coffer_is '" + std::string(command->name) + "'") || command->options.empty())
        << command->name;
    for (const Option& option : command->options) {
      EXPECT_TRUE(holds(script, " -l " + std::string(option.name.substr(2)))) << option.name;
    }
  }
}

TEST(Completion, HidesHiddenCommands) {
  EXPECT_FALSE(holds(bash_completion(), "'man')"));
  EXPECT_FALSE(holds(zsh_completion(), "'man:"));
}

}  // namespace
}  // namespace coffer::cli
