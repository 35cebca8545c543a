// Tests of the command line's parser.
#include "cli/arguments.h"

#include <gtest/gtest.h>

#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace coffer::cli {
namespace {

Parsed parsed(const std::vector<std::string>& words) { return parse(words); }

TEST(Parse, FindsACommandOfTwoWords) {
  const Parsed result = parsed({"key", "list", "--token", "web"});
  EXPECT_EQ(result.fault, "");
  ASSERT_NE(result.command, nullptr);
  EXPECT_EQ(result.command->name, "key list");
  EXPECT_EQ(result.arguments.value("--token"), "web");
}

TEST(Parse, TakesGlobalOptionsInFrontOfTheCommand) {
  const Parsed result = parsed({"--home", "/x", "--json", "status"});
  EXPECT_EQ(result.fault, "");
  EXPECT_EQ(result.arguments.value("--home"), "/x");
  EXPECT_TRUE(result.arguments.has("--json"));
}

TEST(Parse, TakesGlobalOptionsBetweenTheWordsOfTheCommand) {
  const Parsed result = parsed({"key", "--json", "list"});
  EXPECT_EQ(result.fault, "");
  ASSERT_NE(result.command, nullptr);
  EXPECT_EQ(result.command->name, "key list");
}

TEST(Parse, TakesAValueBehindAnEqualsSign) {
  EXPECT_EQ(parsed({"key", "show", "--label=a=b"}).arguments.value("--label"), "a=b");
}

TEST(Parse, TakesAShortOption) {
  EXPECT_EQ(parsed({"key", "sign", "--label", "a", "-o", "f"}).arguments.value("--output"), "f");
}

TEST(Parse, GathersRepeatedOptionsInOrder) {
  const Parsed result =
      parsed({"ca", "sign", "n", "--public-key", "k", "--ttl", "5m", "--principal", "b", "--principal", "a"});
  EXPECT_EQ(result.fault, "");
  EXPECT_EQ(result.arguments.values("--principal"), (std::vector<std::string>{"b", "a"}));
}

TEST(Parse, RefusesAnOptionThatIsGivenTwice) {
  EXPECT_EQ(parsed({"key", "show", "--label", "a", "--label", "b"}).fault, "option '--label' is given twice");
}

TEST(Parse, RefusesAnUnknownOption) {
  EXPECT_EQ(parsed({"status", "--pin", "1234"}).fault, "there is no option '--pin' of 'status'");
}

TEST(Parse, RefusesAnOptionOfAnotherCommand) {
  EXPECT_EQ(parsed({"status", "--label", "x"}).fault, "there is no option '--label' of 'status'");
}

TEST(Parse, RefusesAnUnknownCommand) {
  EXPECT_EQ(parsed({"explode"}).fault, "there is no command 'explode'");
  EXPECT_EQ(parsed({"key", "explode"}).fault, "there is no command 'key explode'");
}

TEST(Parse, RefusesAnOptionWithoutItsValue) {
  EXPECT_EQ(parsed({"key", "show", "--label"}).fault, "option '--label' needs a value");
}

TEST(Parse, RefusesAValueForAFlag) {
  EXPECT_EQ(parsed({"status", "--assurance=no"}).fault, "option '--assurance' takes no value");
}

TEST(Parse, RefusesAValueThatIsNoChoice) {
  EXPECT_NE(parsed({"init", "--root-of-trust", "hope"}).fault, "");
  EXPECT_EQ(parsed({"init", "--root-of-trust", "passphrase"}).fault, "");
}

TEST(Parse, RefusesAnOperandThatIsNoChoice) {
  EXPECT_NE(parsed({"key", "generate", "rsa512", "--label", "x"}).fault, "");
  EXPECT_EQ(parsed({"key", "generate", "rsa2048", "--label", "x"}).fault, "");
}

TEST(Parse, RefusesAMissingOperand) { EXPECT_EQ(parsed({"token", "create"}).fault, "the label is missing"); }

TEST(Parse, RefusesAMissingOption) {
  EXPECT_EQ(parsed({"ca", "create", "n"}).fault, "option '--kind' is missing (ssh-user|ssh-host)");
}

TEST(Parse, RefusesAWordTooMany) {
  EXPECT_EQ(parsed({"token", "create", "a", "b"}).fault, "'b' is one word too many");
}

TEST(Parse, TakesWordsWithDashesBehindTheEndOfOptions) {
  EXPECT_EQ(parsed({"token", "create", "--", "--web"}).arguments.operand(0), "--web");
}

TEST(Parse, TakesASingleDashAsAnOperand) {
  EXPECT_EQ(parsed({"token", "create", "-"}).arguments.operand(0), "-");
}

TEST(Parse, ChecksNothingWhenHelpIsWanted) {
  const Parsed result = parsed({"ca", "create", "--help"});
  EXPECT_EQ(result.fault, "");
  EXPECT_TRUE(result.wants_help());
}

TEST(Parse, KnowsAGroupWithoutACommand) {
  const Parsed result = parsed({"key"});
  EXPECT_EQ(result.fault, "");
  EXPECT_EQ(result.command, nullptr);
  ASSERT_NE(result.group, nullptr);
  EXPECT_EQ(result.group->name, "key");
}

TEST(Parse, TakesAnEmptyLine) {
  const Parsed result = parsed({});
  EXPECT_EQ(result.fault, "");
  EXPECT_EQ(result.command, nullptr);
}

// Whatever has a limit in the table of commands: as much as that is taken, and one more is told with name,
// limit and number.
TEST(Parse, RefusesWhatIsBeyondALimit) {
  const auto fault_of = [](std::string_view command, const std::vector<std::string>& more) {
    std::istringstream stream{std::string(command)};
    std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
    words.insert(words.end(), more.begin(), more.end());
    return parse(words).fault;
  };
  std::size_t limits = 0;
  for (const Command* command : commands()) {
    for (const Option& option : command->options) {
      const std::string name(option.name);
      if (const std::size_t most = option.limit.bytes; most != 0) {
        ++limits;
        const std::string told = "option '" + name + "' may have " + std::to_string(most) +
                                 " octets, and has " + std::to_string(most + 1);
        EXPECT_EQ(fault_of(command->name, {name, std::string(most, 'x')}).find("may have"),
                  std::string::npos);
        EXPECT_TRUE(fault_of(command->name, {name, std::string(most + 1, 'x')}).starts_with(told)) << told;
      }
      if (const std::size_t most = option.limit.times; most != 0) {
        ++limits;
        EXPECT_TRUE(option.repeats) << name;
        std::vector<std::string> words;
        for (std::size_t i = 0; i < most; ++i) words.insert(words.end(), {name, "x"});
        EXPECT_EQ(fault_of(command->name, words).find("may be given"), std::string::npos);
        words.insert(words.end(), {name, "x"});
        EXPECT_EQ(fault_of(command->name, words), "option '" + name + "' may be given " +
                                                      std::to_string(most) + " times, and is given " +
                                                      std::to_string(most + 1) + " times");
      }
    }
    for (std::size_t i = 0; i < command->operands.size(); ++i) {
      const std::size_t most = command->operands[i].limit.bytes;
      if (most == 0) continue;
      ++limits;
      std::vector<std::string> words(i, "x");
      words.emplace_back(most, 'x');
      EXPECT_EQ(fault_of(command->name, words).find("may have"), std::string::npos) << command->name;
      words.back() += 'x';
      EXPECT_NE(
          fault_of(command->name, words)
              .find("may have " + std::to_string(most) + " octets, and has " + std::to_string(most + 1)),
          std::string::npos)
          << command->name;
    }
  }
  EXPECT_GT(limits, 20U);
}

}  // namespace
}  // namespace coffer::cli
