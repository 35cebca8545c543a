// NewFile: whole or not at all.
#include "host/new_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace coffer::host {
namespace {

class NewFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "coffer-new-file-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory); }
  [[nodiscard]] std::string path() const { return directory + "/file"; }
  std::string directory;
};

TEST_F(NewFileTest, HoldsAllPiecesWhenFinished) {
  auto file = NewFile::create(path()).value();
  ASSERT_TRUE(file.append(as_bytes("one")).ok());
  ASSERT_TRUE(file.append(as_bytes("two")).ok());
  EXPECT_FALSE(file_exists(path()));
  ASSERT_TRUE(file.finish().ok());
  EXPECT_EQ(as_text(read_file(path(), 100).value()), "onetwo");
  EXPECT_EQ(list_directory(directory).value().size(), 1U);
}

TEST_F(NewFileTest, LeavesNothingWhenNotFinished) {
  ASSERT_TRUE(write_file_durably(path(), as_bytes("old")).ok());
  {
    auto file = NewFile::create(path()).value();
    ASSERT_TRUE(file.append(as_bytes("new")).ok());
  }
  EXPECT_EQ(as_text(read_file(path(), 100).value()), "old");
  EXPECT_EQ(list_directory(directory).value().size(), 1U);
}

}  // namespace
}  // namespace coffer::host
