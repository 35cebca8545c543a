// JSON (RFC 8259): a writer for --json output and audit lines.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace coffer::codec {

// JsonWriter writes one JSON text without white space, in the order of the calls; it never fails. Text that
// is not UTF-8 is written with U+FFFD in place of each octet that is not, so that the output is always JSON.
//
//   JsonWriter json;
//   json.begin_object();
//   json.field("label", "web").field("keys", 3U);
//   json.key("mechanisms").begin_array();
//   json.value("ecdsa-sha256");
//   json.end_array();
//   json.end_object();
//   send(json.take());
//
// To call begin and end in the wrong order is our own bug; only forgotten and doubled ends are noticed
// (CHECK).
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();

  // key names the value that follows.
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(bool truth);
  JsonWriter& null();
  template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char>)
  JsonWriter& value(T number) {
    return raw(std::to_string(number));
  }

  // field is key and value in one.
  template <typename T>
  JsonWriter& field(std::string_view name, const T& content) {
    return key(name).value(content);
  }

  // take gives the finished text and starts anew.
  std::string take();

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  JsonWriter& raw(std::string_view text);
  void separate();

  std::string text_;
  std::size_t depth_ = 0;
  bool needs_comma_ = false;
};

// append_json_string writes `text` as a JSON string with its quotes.
void append_json_string(std::string& output, std::string_view text);

}  // namespace coffer::codec
