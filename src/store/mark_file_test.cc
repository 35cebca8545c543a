// DiskMarkFile: the last whole note, always.
#include "store/mark_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "store/scratch_directory.h"

namespace coffer::store {
namespace {

TEST(DiskMarkFile, IsAbsentUntilItIsWritten) {
  const ScratchDirectory directory;
  EXPECT_FALSE(DiskMarkFile(directory.file("mark")).read_mark().value().has_value());
}

TEST(DiskMarkFile, GivesTheLastNote) {
  const ScratchDirectory directory;
  DiskMarkFile mark(directory.file("mark"));
  ASSERT_TRUE(mark.write_mark(as_bytes("a longer first note")).ok());
  ASSERT_TRUE(mark.write_mark(as_bytes("second")).ok());
  EXPECT_EQ(as_text(*DiskMarkFile(directory.file("mark")).read_mark().value()), "second");
}

TEST(DiskMarkFile, IgnoresWhatACrashLeftHalfWritten) {
  const ScratchDirectory directory;
  DiskMarkFile mark(directory.file("mark"));
  ASSERT_TRUE(mark.write_mark(as_bytes("old")).ok());
  std::ofstream(directory.file("mark.new")) << "ne";
  EXPECT_EQ(as_text(*mark.read_mark().value()), "old");
  ASSERT_TRUE(mark.write_mark(as_bytes("new")).ok());
  EXPECT_EQ(as_text(*mark.read_mark().value()), "new");
}

TEST(DiskMarkFile, DoesNotWriteIntoAFileThatSomebodyElseShares) {
  const ScratchDirectory directory;
  std::ofstream(directory.file("theirs")) << "theirs";
  ASSERT_EQ(::link(directory.file("theirs").c_str(), directory.file("mark.new").c_str()), 0);
  ASSERT_TRUE(DiskMarkFile(directory.file("mark")).write_mark(as_bytes("note")).ok());
  std::string theirs;
  std::getline(std::ifstream(directory.file("theirs")), theirs);
  EXPECT_EQ(theirs, "theirs");
}

TEST(DiskMarkFile, IsReadableByItsOwnerOnly) {
  const ScratchDirectory directory;
  ASSERT_TRUE(DiskMarkFile(directory.file("mark")).write_mark(as_bytes("note")).ok());
  struct stat about{};
  ASSERT_EQ(::stat(directory.file("mark").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
}

TEST(DiskMarkFile, RefusesALongNote) {
  const ScratchDirectory directory;
  DiskMarkFile mark(directory.file("mark"));
  EXPECT_EQ(mark.write_mark(Buffer(kMarkBytesMax + 1)).error().code, Code::limit);
  EXPECT_TRUE(mark.write_mark(Buffer(kMarkBytesMax)).ok());
}

TEST(DiskMarkFile, FailsInADirectoryThatIsNotThere) {
  const ScratchDirectory directory;
  EXPECT_FALSE(DiskMarkFile(directory.file("no/mark")).write_mark(as_bytes("note")).ok());
}

}  // namespace
}  // namespace coffer::store
