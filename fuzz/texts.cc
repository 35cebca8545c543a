// Texts: base64, hexadecimal, UTF-8, networks, join tokens, and the lines of JSON that the audit log holds.
#include <array>
#include <string>
#include <type_traits>
#include <variant>

#include "ca/network.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "codec/json.h"
#include "codec/json_reader.h"
#include "codec/utf8.h"
#include "fuzz.h"
#include "net/join_token.h"
#include "targets.h"

namespace coffer {

namespace {

Status check_base64(std::string_view text) {
  CHECK(codec::to_base64(TRY(codec::from_base64(text))) == text);
  return {};
}

Status check_hex(std::string_view text) {
  const std::string again = to_hex(TRY(codec::from_hex(text)));
  CHECK(again.size() == text.size());
  return {};
}

Status check_networks(std::string_view text) {
  for (const ca::Network& network : TRY(ca::parse_networks(text))) CHECK(ca::contains(network, network));
  return {};
}

void write_fields(codec::JsonWriter& writer, const codec::JsonFields& fields) {
  writer.begin_object();
  for (const codec::JsonField& field : fields) {
    writer.key(field.name);
    if (const auto* inner = std::get_if<codec::JsonFields>(&field.value)) {
      write_fields(writer, *inner);
      continue;
    }
    std::visit(
        [&](const auto& content) {
          if constexpr (!std::is_same_v<decltype(content), const codec::JsonFields&>) writer.value(content);
        },
        field.value);
  }
  writer.end_object();
}

std::string write_json(const codec::JsonObject& object) {
  codec::JsonWriter writer;
  write_fields(writer, object.fields());
  return writer.take();
}

Status check_json_line(std::string_view text) {
  const std::string written = write_json(TRY(codec::parse_json_line(text)));
  const auto again = codec::parse_json_line(written);
  CHECK(again.ok() && write_json(again.value()) == written);
  return {};
}

Status check_utf8(std::string_view text) {
  if (!codec::is_utf8(text)) return Error{Code::malformed, "not UTF-8"};
  std::string again;
  while (!text.empty()) {
    const codec::Utf8Character character = codec::first_utf8(text);
    CHECK(character.valid && character.bytes <= text.size());
    codec::append_utf8(again, character.code_point);
    CHECK(again.ends_with(text.substr(0, character.bytes)));
    text.remove_prefix(character.bytes);
  }
  return {};
}

Status check_join_token(std::string_view text) {
  const SecretBytes again = TRY(net::parse_join_token(SecretBytes::copy_of(as_bytes(text)))).text();
  CHECK(equal_secret(TRY(net::parse_join_token(again)).text(), again));
  return {};
}

constexpr auto kChecks = std::to_array<Status (*)(std::string_view)>(
    {check_base64, check_hex, check_networks, check_json_line, check_utf8, check_join_token});

}  // namespace

// The first octet is a letter, 'a' for the first check.
Status fuzz_texts(Bytes input) {
  fuzzing::Input rest(input);
  const std::size_t number = static_cast<std::size_t>(rest.number<std::uint8_t>()) - 'a';
  if (number >= kChecks.size()) return Error{Code::unsupported, "no such check"};
  return kChecks[number](as_text(rest.rest()));
}

}  // namespace coffer
