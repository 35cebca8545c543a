// Tests of the JSON writer.
#include "codec/json.h"

#include <gtest/gtest.h>

#include <limits>

namespace coffer::codec {
namespace {

std::string quoted(std::string_view text) {
  std::string output;
  append_json_string(output, text);
  return output;
}

TEST(JsonWriter, WritesNestedObjectsAndArrays) {
  JsonWriter json;
  json.begin_object();
  json.field("label", "web").field("keys", 3U).field("locked", false);
  json.key("slots").begin_array();
  json.value(0).value(-1);
  json.begin_object().end_object();
  json.begin_array().end_array();
  json.null();
  json.end_array();
  json.field("done", true);
  json.end_object();
  EXPECT_EQ(json.take(), R"({"label":"web","keys":3,"locked":false,"slots":[0,-1,{},[],null],"done":true})");
}

TEST(JsonWriter, StartsAnewAfterTake) {
  JsonWriter json;
  json.begin_array().value("a").end_array();
  EXPECT_EQ(json.take(), R"(["a"])");
  json.value("b");
  EXPECT_EQ(json.take(), R"("b")");
}

TEST(JsonWriter, WritesTheLimitsOfNumbers) {
  JsonWriter json;
  json.begin_array();
  json.value(std::numeric_limits<std::uint64_t>::max()).value(std::numeric_limits<std::int64_t>::min());
  json.end_array();
  EXPECT_EQ(json.take(), "[18446744073709551615,-9223372036854775808]");
}

TEST(JsonWriterDeathTest, NoticesAForgottenEnd) {
  JsonWriter json;
  json.begin_object();
  EXPECT_EXIT(json.take(), testing::ExitedWithCode(70), "CHECK");
}

TEST(JsonString, EscapesWhatJsonDemands) {
  EXPECT_EQ(quoted("\"\\/\b\f\n\r\t"), R"("\"\\/\u0008\u000c\n\r\t")");
  EXPECT_EQ(quoted(std::string_view("\0\x01\x1f", 3)), R"("\u0000\u0001\u001f")");
}

TEST(JsonString, EscapesWhatCouldDriveATerminalOrEndALine) {
  EXPECT_EQ(quoted("\x1b[2J\x7f\xc2\x9b"), R"("\u001b[2J\u007f\u009b")");
  EXPECT_EQ(quoted("\xe2\x80\xa8\xe2\x80\xa9"), R"("\u2028\u2029")");
}

TEST(JsonString, KeepsUtf8) {
  EXPECT_EQ(quoted("gr\xc3\xbc\xc3\x9f\xf0\x9f\x94\x91"), "\"gr\xc3\xbc\xc3\x9f\xf0\x9f\x94\x91\"");
}

TEST(JsonString, ReplacesEachOctetThatIsNotUtf8) {
  EXPECT_EQ(quoted("a\xff\xc3"), "\"a\xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_EQ(quoted("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace coffer::codec
