// Tests of the reader of JSON lines.
#include "codec/json_reader.h"

#include <gtest/gtest.h>

#include "codec/json.h"

namespace coffer::codec {
namespace {

Code refusal(std::string_view line) {
  const Result<JsonObject> object = parse_json_line(line);
  return object.ok() ? Code::ok : object.error().code;
}

TEST(JsonReader, ReadsTextsNumbersAndTruths) {
  const JsonObject object =
      parse_json_line(R"({"who":"alice","n":18446744073709551615,"ok":true,"no":false})").value();
  EXPECT_EQ(object.text("who").value(), "alice");
  EXPECT_EQ(object.number("n").value(), 18446744073709551615U);
  EXPECT_TRUE(object.truth("ok").value());
  EXPECT_FALSE(object.truth("no").value());
}

TEST(JsonReader, KeepsTheOrderOfFields) {
  const JsonObject object = parse_json_line(R"({"b":1,"a":-9223372036854775808})").value();
  ASSERT_EQ(object.fields().size(), 2U);
  EXPECT_EQ(object.fields()[0].name, "b");
  EXPECT_EQ(std::get<std::int64_t>(object.fields()[1].value), std::numeric_limits<std::int64_t>::min());
}

TEST(JsonReader, ReadsObjectsInTheObject) {
  const JsonObject object =
      parse_json_line(R"({"a":1,"who":{ "kind" : "user","id":7 },"a2":{},"z":true})").value();
  ASSERT_EQ(object.fields().size(), 4U);
  EXPECT_EQ(object.fields()[1].name, "who");
  const auto& inner = std::get<JsonFields>(object.fields()[1].value);
  ASSERT_EQ(inner.size(), 2U);
  EXPECT_EQ(inner[0].name, "kind");
  EXPECT_EQ(std::get<std::string>(inner[0].value), "user");
  EXPECT_EQ(std::get<std::uint64_t>(inner[1].value), 7U);
  EXPECT_TRUE(std::get<JsonFields>(object.fields()[2].value).empty());
  EXPECT_EQ(object.text("who").error().code, Code::malformed);
  EXPECT_EQ(object.text("kind").error().code, Code::not_found) << "what is inside is not outside";
}

TEST(JsonReader, ReadsAnEmptyObject) { EXPECT_TRUE(parse_json_line("{ }").value().fields().empty()); }

TEST(JsonReader, ReadsEscapes) {
  const JsonObject object = parse_json_line(R"({"t":"\"\\\/\b\f\n\r\t\u00fc\ud83d\udd11\u0000"})").value();
  EXPECT_EQ(object.text("t").value(), std::string("\"\\/\b\f\n\r\t\xc3\xbc\xf0\x9f\x94\x91\0", 15));
}

TEST(JsonReader, ReadsBackWhatTheWriterWrote) {
  std::string text;
  for (int character = 0; character < 128; ++character) text += static_cast<char>(character);
  text += "\xc2\x85\xe2\x80\xa8\xf4\x8f\xbf\xbf";
  JsonWriter json;
  json.begin_object().field("text", text).field("number", 7).end_object();
  const JsonObject object = parse_json_line(json.take()).value();
  EXPECT_EQ(object.text("text").value(), text);
  EXPECT_EQ(object.number("number").value(), 7U);
}

TEST(JsonReader, SaysWhatIsMissingOrOfAnotherKind) {
  const JsonObject object = parse_json_line(R"({"t":"x","n":1,"m":-1})").value();
  EXPECT_EQ(object.text("u").error().code, Code::not_found);
  EXPECT_EQ(object.text("n").error().code, Code::malformed);
  EXPECT_EQ(object.number("t").error().code, Code::malformed);
  EXPECT_EQ(object.number("m").error().code, Code::malformed);
  EXPECT_EQ(object.truth("n").error().code, Code::malformed);
}

TEST(JsonReader, RefusesWhatIsNotOneObject) {
  for (const std::string_view line : {"",
                                      "{",
                                      "}",
                                      "[]",
                                      "1",
                                      "{}{}",
                                      "{} ",
                                      " {}",
                                      "{}\n",
                                      R"({"a":{"b":{}}})",
                                      R"({"a":{"b":1})",
                                      R"({"a":{"b":1}}})",
                                      R"({"a":{"b":1,}})",
                                      R"({"a":{"b"}})",
                                      R"({"a":{"b":[]}})",
                                      R"({"a":[]})",
                                      R"({"a":null})",
                                      R"({"a"})",
                                      R"({"a":})",
                                      R"({"a":1,})",
                                      R"({,"a":1})",
                                      R"({"a":1 "b":2})",
                                      R"({a:1})",
                                      R"({'a':1})",
                                      R"({"a":1)",
                                      R"({"a":tru})",
                                      R"({"a":True})"}) {
    EXPECT_EQ(refusal(line), Code::malformed) << line;
  }
}

TEST(JsonReader, RefusesNumbersThatAreNotWholeOrDoNotFit) {
  for (const std::string_view line :
       {R"({"a":1.0})", R"({"a":1e3})", R"({"a":01})", R"({"a":+1})", R"({"a":-})", R"({"a":0x1})",
        R"({"a":18446744073709551616})", R"({"a":-9223372036854775809})", R"({"a":NaN})"}) {
    EXPECT_EQ(refusal(line), Code::malformed) << line;
  }
}

TEST(JsonReader, RefusesBadStrings) {
  for (const std::string_view line : {R"({"a":"x})", R"({"a":"\x"})", R"({"a":"\u12"})", R"({"a":"\u12g4"})",
                                      R"({"a":"\ud800"})", R"({"a":"\ud800\u0041"})", R"({"a":"\udc00"})",
                                      "{\"a\":\"\n\"}", "{\"a\":\"\xff\"}", "{\"a\":\"\\"}) {
    EXPECT_EQ(refusal(line), Code::malformed) << line;
  }
}

TEST(JsonReader, RefusesANameThatComesTwiceInAnObject) {
  EXPECT_EQ(refusal(R"({"a":1,"\u0061":2})"), Code::malformed);
  EXPECT_EQ(refusal(R"({"a":{"b":1,"b":2}})"), Code::malformed);
  EXPECT_EQ(refusal(R"({"a":{"a":1},"b":{"a":2}})"), Code::ok);
}

TEST(JsonReader, RefusesTooManyFields) {
  std::string line = "{\"f\":0";
  for (std::size_t i = 1; i < kJsonFieldsMax; ++i) line += ",\"f" + std::to_string(i) + "\":0";
  EXPECT_EQ(refusal(line + "}"), Code::ok);
  EXPECT_EQ(refusal(line + ",\"g\":0}"), Code::limit);
  EXPECT_EQ(refusal("{\"o\":" + line + "}}"), Code::ok);
  EXPECT_EQ(refusal("{\"o\":" + line + ",\"g\":0}}"), Code::limit);
}

TEST(JsonReader, RefusesALineThatIsTooLong) {
  EXPECT_EQ(refusal("{\"a\":\"" + std::string(kJsonLineBytesMax, 'x') + "\"}"), Code::limit);
}

TEST(JsonReader, RefusesEveryTruncation) {
  constexpr std::string_view kLine = R"({"who":{"name":"al\u0069ce\ud83d\udd11","n":-12},"ok":true})";
  ASSERT_EQ(refusal(kLine), Code::ok);
  for (std::size_t size = 0; size < kLine.size(); ++size)
    EXPECT_EQ(refusal(kLine.substr(0, size)), Code::malformed);
}

}  // namespace
}  // namespace coffer::codec
