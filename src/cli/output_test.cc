// Tests of what may reach a terminal.
#include "cli/output.h"

#include <gtest/gtest.h>

namespace coffer::cli {
namespace {

TEST(Printable, KeepsText) { EXPECT_EQ(printable("Schl\xc3\xbcssel 1"), "Schl\xc3\xbcssel 1"); }

TEST(Printable, TakesControlCharactersOut) {
  EXPECT_EQ(printable("a\x1b[2Jb"), "a?[2Jb");
  EXPECT_EQ(printable("a\nb\r\x7f"), "a?b??");
  EXPECT_EQ(printable("a\xc2\x9b"
                      "b"),
            "a?b");
}

TEST(Printable, TakesChangesOfDirectionOut) { EXPECT_EQ(printable("a\xe2\x80\xae-b"), "a?-b"); }

TEST(Printable, TakesOctetsThatAreNotUtf8Out) { EXPECT_EQ(printable("a\xff\xc3"), "a??"); }

TEST(Columns, LineUpByWhatIsSeen) {
  Output output(-1);
  Columns columns({"A", "B"});
  columns.add({"\xc3\xbc\xc3\xbc\xc3\xbc", "x"});
  columns.add({"long", "y"});
  columns.print(output);
  EXPECT_EQ(output.gathered(), "A     B\n\xc3\xbc\xc3\xbc\xc3\xbc   x\nlong  y\n");
}

}  // namespace
}  // namespace coffer::cli
