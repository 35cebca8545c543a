// Tests of the command line's parser.
#include "cli/arguments.h"

#include <gtest/gtest.h>

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
  EXPECT_EQ(parsed({"key", "show", "--label"}).fault, "option '--label' needs a value: LABEL");
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

TEST(Parse, RefusesAMissingOperand) { EXPECT_EQ(parsed({"token", "create"}).fault, "LABEL is missing"); }

TEST(Parse, RefusesAMissingOption) {
  EXPECT_EQ(parsed({"ca", "create", "n"}).fault, "--kind ssh-user|ssh-host is missing");
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

}  // namespace
}  // namespace coffer::cli
