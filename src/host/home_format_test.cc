// Home format: what is refused, and steps that are cut off anywhere.
#include "host/home_format.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "base/format.h"
#include "host/file.h"
#include "host/vault_home.h"

namespace coffer::host {
namespace {

// Two steps that each move a file; the test makes one fail when it has moved its file.
bool second_fails = false;

Status move_one(const std::string& home, const char* from, const char* to) {
  if (!file_exists(home + from)) return {};
  return std::rename((home + from).c_str(), (home + to).c_str()) == 0
             ? Status{}
             : Error{Code::unavailable, "the file cannot be moved"};
}
Status first_step(const std::string& home) { return move_one(home, "/one", "/two"); }
Status second_step(const std::string& home) {
  TRY(move_one(home, "/two", "/three"));
  return second_fails ? Error{Code::disk_full, "the step was cut off"} : Status{};
}
constexpr std::array<HomeStep, 2> kSteps{{{kFormatOldest, first_step}, {kFormatOldest + 1, second_step}}};

class HomeFormat : public testing::Test {
 protected:
  HomeFormat() {
    std::string name = testing::TempDir() + "home-format-XXXXXX";
    home = ::mkdtemp(name.data());
    second_fails = false;
  }

  void put(const std::string& name, const std::string& text) { std::ofstream(home + name) << text; }
  std::string format() {
    const auto file = read_file(vault_format(home), 100);
    return file.ok() ? std::string(as_text(file.value())) : "none";
  }

  std::string home;
};

TEST_F(HomeFormat, RefusesALargerNumber) {
  put("/format", std::to_string(kFormat + 1) + "\n");
  EXPECT_EQ(check_home_format(home).error().code, Code::unsupported);
  EXPECT_EQ(raise_home_format(home, kSteps).error().code, Code::unsupported);
  EXPECT_EQ(list_directory(home).value().size(), 1U);
}

TEST_F(HomeFormat, RefusesWhatIsNoFile) {
  const std::string path = vault_format(home);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);  // whoever opened it would wait for ever
  EXPECT_EQ(check_home_format(home).error().code, Code::corrupt);
  EXPECT_EQ(raise_home_format(home, kSteps).error().code, Code::corrupt);
  ASSERT_EQ(::unlink(path.c_str()), 0);
  ASSERT_EQ(::symlink("nowhere", path.c_str()), 0);
  EXPECT_EQ(check_home_format(home).error().code, Code::corrupt);
  ASSERT_EQ(::unlink(path.c_str()), 0);
  ASSERT_EQ(::mkdir(path.c_str(), 0700), 0);
  EXPECT_EQ(check_home_format(home).error().code, Code::corrupt);
}

TEST_F(HomeFormat, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "\n", "3", "three\n", "3 \n", "-3\n", "0\n", "3\n3\n", "99999999999\n"}) {
    put("/format", text);
    EXPECT_EQ(check_home_format(home).error().code, Code::corrupt) << text;
    EXPECT_EQ(raise_home_format(home, kSteps).error().code, Code::corrupt) << text;
    EXPECT_EQ(format(), text);
  }
}

TEST_F(HomeFormat, RefusesWhatIsOlderThanItsSteps) {
  put("/format", std::to_string(kFormatOldest - 1) + "\n");
  EXPECT_EQ(raise_home_format(home, kSteps).error().code, Code::unsupported);
}

TEST_F(HomeFormat, IsTheOldestWithoutAFile) {
  EXPECT_EQ(read_home_format(home).value(), kFormatOldest);
  EXPECT_EQ(read_home_format(home + "/nowhere").value(), kFormatOldest);
  EXPECT_EQ(read_home_format("").value(), kFormatOldest);
  EXPECT_TRUE(check_home_format(home).ok());
}

TEST_F(HomeFormat, IsFoundedInAnEmptyDirectoryOnly) {
  ASSERT_TRUE(found_home(home).ok());
  EXPECT_EQ(format(), std::to_string(kFormat) + "\n");
  ASSERT_TRUE(remove_file(vault_format(home)).ok());
  put("/host.key", "a key");
  ASSERT_TRUE(found_home(home).ok());
  EXPECT_EQ(format(), "none");
}

TEST_F(HomeFormat, RunsEachStepOnce) {
  put("/one", "moved");
  ASSERT_TRUE(raise_home_format(home, kSteps).ok());
  EXPECT_TRUE(file_exists(home + "/three"));
  EXPECT_EQ(format(), std::to_string(kFormatOldest + 2) + "\n");
}

TEST_F(HomeFormat, GoesOnAfterAStepThatWasCutOff) {
  put("/one", "moved");
  second_fails = true;
  EXPECT_EQ(raise_home_format(home, kSteps).error().code, Code::disk_full);
  EXPECT_EQ(format(), std::to_string(kFormatOldest + 2) + "\n");
  second_fails = false;
  ASSERT_TRUE(raise_home_format(home, kSteps).ok());
  EXPECT_TRUE(file_exists(home + "/three"));
  EXPECT_EQ(format(), std::to_string(kFormatOldest + 2) + "\n");
}

TEST_F(HomeFormat, RaisesTheNumberBeforeAFileIsMoved) {
  constexpr std::array<HomeStep, 1> kLooking{{{kFormatOldest, [](const std::string& directory) -> Status {
                                                 const auto number = read_home_format(directory);
                                                 if (number.ok() && number.value() == kFormatOldest + 1)
                                                   return {};
                                                 return Error{Code::internal,
                                                              "older programs are not kept out"};
                                               }}}};
  EXPECT_TRUE(raise_home_format(home, kLooking).ok());
}

TEST_F(HomeFormat, MovesWhatAnEarlierStartLeftBeforeItGoesOn) {
  put("/format", std::to_string(kFormatOldest + 1) + "\n");
  put("/one", "moved");
  ASSERT_TRUE(raise_home_format(home, kSteps).ok());
  EXPECT_TRUE(file_exists(home + "/three"));
}

}  // namespace
}  // namespace coffer::host
