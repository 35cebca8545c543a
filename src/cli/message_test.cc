// Messages: what the command line says when something is wrong names the thing itself, never the word that
// stands for it in the help.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/tree_testing.h"
#include "cli/cli.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "host/file.h"
#include "host/testing.h"
#include "host/vault_home.h"

namespace coffer::cli {
namespace {

// The words in capitals of a text: what stands for something else in the help is written so.
std::set<std::string> words_in_capitals(std::string_view text) {
  const auto belongs = [](char each) {
    return (each >= 'A' && each <= 'Z') || (each >= '0' && each <= '9') || each == '_';
  };
  std::set<std::string> words;
  std::string word;
  bool is_whole = true;  // not a piece of a longer word
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char each = i < text.size() ? text[i] : ' ';
    if (belongs(each)) {
      word += each;
      continue;
    }
    const bool goes_on = each >= 'a' && each <= 'z';
    const bool has_letter = word.find_first_not_of("0123456789_") != std::string::npos;
    if (has_letter && is_whole && !goes_on) words.insert(word);
    word.clear();
    is_whole = !goes_on;
  }
  return words;
}

// Every word that the help puts in place of another.
std::set<std::string> placeholders() {
  std::set<std::string> all = {"COMMAND", "OPTIONS", "LINE", "TOKEN", "VALUE"};
  for (const Command* command : commands()) {
    for (const Option& option : command->options) all.merge(words_in_capitals(option.argument));
    for (const Operand& operand : command->operands) {
      all.merge(words_in_capitals(operand.name));
      all.merge(words_in_capitals(operand.placeholder));
    }
  }
  return all;
}

std::string placeholder_in(std::string_view text) {
  static const std::set<std::string> all = placeholders();
  for (const std::string& word : words_in_capitals(text)) {
    if (all.contains(word)) return word;
  }
  return {};
}

// The texts inside the call that begins at `place`, which is just behind its bracket.
std::string texts_of_call(const std::string& source, std::size_t place) {
  std::string texts;
  bool is_text = false;
  for (int depth = 1; place < source.size() && depth > 0; ++place) {
    const char each = source[place];
    if (is_text && each == '\\') {
      texts += source[++place];
    } else if (each == '"') {
      is_text = !is_text;
    } else if (is_text) {
      texts += each;
    } else if (each == '(' || each == '{') {
      ++depth;
    } else if (each == ')' || each == '}') {
      --depth;
    }
  }
  return texts;
}

std::vector<std::string> error_texts_of(const std::string& source) {
  std::vector<std::string> texts;
  for (const std::string_view call :
       {"fail(", "usage(", "warn(", "refuse(", "say_error(", "Error{", "{Code::", "log_line("}) {
    for (std::size_t at = source.find(call); at != std::string::npos; at = source.find(call, at + 1))
      texts.push_back(texts_of_call(source, at + call.size()));
  }
  return texts;
}

TEST(ErrorTexts, NameNothingByThePlaceholderOfTheHelp) {
  namespace fs = std::filesystem;
  for (const auto& file : fs::recursive_directory_iterator(tree_path("src"))) {
    const std::string name = file.path().filename().string();
    const bool is_source = name.ends_with(".cc") || name.ends_with(".h");
    if (!is_source || name.find("_test") != std::string::npos) continue;
    std::ostringstream source;
    source << std::ifstream(file.path()).rdbuf();
    for (const std::string& text : error_texts_of(source.str()))
      EXPECT_EQ(placeholder_in(text), "") << file.path() << ": " << text;
  }
}

TEST(ErrorTexts, AdviseWithTheCommandThatFailed) {
  EXPECT_EQ(advice(outcome_of(Code::invalid), "key sign"), "see 'coffer help key sign'");
  EXPECT_EQ(advice(outcome_of(Code::invalid), ""), "see 'coffer help'");
  for (unsigned code = 0; code < 256; ++code) {
    const std::string text = advice(outcome_of(static_cast<Code>(code)), "key sign");
    EXPECT_EQ(placeholder_in(text), "") << text;
    EXPECT_EQ(text.find('@'), std::string::npos) << text;
  }
}

// Wrong command lines of every command.
class Wrong : public ::testing::Test {
 protected:
  // What is said on standard error.
  std::string said(std::vector<std::string> words) {
    words.insert(words.begin(), {"--home", home});
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const Context context{
        .start_vault =
            [](const std::string&) { return StartOutcome{.ok = false, .text = "it was told not to"}; },
        .run_foreground = [](const std::string&) { return 1; },
        .start_link =
            [](const std::string&) { return StartOutcome{.ok = false, .text = "it was told not to"}; },
        .run_link = [](const std::string&) { return 1; }};
    static_cast<void>(run(words, context));
    static_cast<void>(::testing::internal::GetCapturedStdout());
    return ::testing::internal::GetCapturedStderr();
  }

  void expect_names(const std::vector<std::string>& words) {
    const std::string text = said(words);
    std::string line;
    for (const std::string& word : words) line += ' ' + word;
    EXPECT_EQ(placeholder_in(text), "") << "coffer" << line << '\n' << text;
  }

  static std::vector<std::string> name_of(const Command& command) {
    std::istringstream stream{std::string(command.name)};
    return {std::istream_iterator<std::string>(stream), {}};
  }

  // Something for an option or an operand: one of its choices, or what is no file, no number and no name.
  static std::string something(std::string_view argument) {
    return argument.find('|') == std::string_view::npos ? "/dev/null/x"
                                                        : std::string(argument.substr(0, argument.find('|')));
  }

  host::testing::TemporaryDirectory directory;
  std::string home = directory.path();
};

TEST_F(Wrong, CommandLinesAreToldWithoutPlaceholders) {
  for (const Command* command : commands()) {
    std::vector<std::string> words = name_of(*command);
    // Without operands some do what they are for: init, for one.
    if (!command->operands.empty() && command->operands[0].is_required) expect_names(words);
    const auto with = [&words](std::initializer_list<std::string> more) {
      std::vector<std::string> all = words;
      all.insert(all.end(), more);
      return all;
    };
    expect_names(with({"--no-such-option"}));
    for (const Option& option : command->options) {
      const std::string name(option.name);
      expect_names(with({name + (option.argument.empty() ? "=x" : "")}));
      if (!option.argument.empty()) expect_names(with({name, something(option.argument), name, "x"}));
      if (option.argument.find('|') != std::string_view::npos) expect_names(with({name, "/dev/null/x"}));
    }
    for (std::size_t i = 0; i <= command->operands.size(); ++i) words.emplace_back("/dev/null/x");
    expect_names(words);
  }
}

TEST_F(Wrong, ValuesAreToldWithoutPlaceholders) {
  for (const bool has_key : {false, true}) {
    for (const Command* command : commands()) {
      // Whatever they made is gone again.
      std::filesystem::remove_all(home);
      ASSERT_TRUE(host::create_directory(home).ok());
      const Buffer key(has_key ? 32 : 0, 1);
      ASSERT_TRUE(!has_key || host::write_file_durably(host::vault_host_key(home), key).ok());
      std::vector<std::string> words = name_of(*command);
      for (const Operand& operand : command->operands) words.push_back(something(operand.name));
      for (const Option& option : command->options) {
        words.emplace_back(option.name);
        if (!option.argument.empty()) words.push_back(something(option.argument));
      }
      expect_names(words);
    }
  }
}

}  // namespace
}  // namespace coffer::cli
