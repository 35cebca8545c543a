// coffer key show: everything that may be known about a key.
#include <array>

#include "cli/key/key_object.h"
#include "cli/key/open_token.h"
#include "cli/key/options.h"
#include "cli/key/pkcs11_numbers.h"
#include "cli/registry.h"

namespace coffer::cli {

namespace {

struct Flag {
  std::uint32_t type;
  std::string_view name;
};
constexpr auto kFlags = std::to_array<Flag>({
    {cka::kPrivate, "private"},
    {cka::kSensitive, "sensitive"},
    {cka::kAlwaysSensitive, "always_sensitive"},
    {cka::kExtractable, "extractable"},
    {cka::kNeverExtractable, "never_extractable"},
    {cka::kLocal, "generated_here"},
    {cka::kCuttable, "can_be_cut"},
});

Result<AttributeReader> read_flags(OpenToken& open, const KeyObject& key) {
  wire::GetAttributes request;
  request.slot = open.slot();
  request.id = key.summary.id;
  for (const Flag& flag : kFlags) request.types.push_back(flag.type);
  return AttributeReader(TRY(open.chip.call(request)));
}

void write_key(codec::JsonWriter& json, const KeyObject& key, const AttributeReader& flags) {
  json.begin_object();
  json.field("label", key.label)
      .field("id", to_hex(key.id))
      .field("class", class_word(key.summary.object_class));
  json.field("type", type_word(key)).field("bits", key.summary.bits);
  json.key("uses").begin_array();
  for (const std::string_view word : use_words(key.summary.uses)) json.value(word);
  json.end_array();
  for (const Flag& flag : kFlags) {
    if (const auto value = flags.truth(flag.type)) json.field(flag.name, *value);
  }
  json.field("object", to_hex(key.summary.id));
  json.end_object();
}

void print_key(Output& output, const KeyObject& key, const AttributeReader& flags) {
  output.line(std::string(class_word(key.summary.object_class)) + " key '" + printable(key.label) + "'");
  output.line("  type:    " + type_word(key) + ", " + std::to_string(key.summary.bits) + " bits");
  output.line("  id:      " + to_hex(key.id));
  output.line("  object:  " + to_hex(key.summary.id));
  output.line("  uses:    " + uses_text(key.summary.uses));
  std::string text;
  for (const Flag& flag : kFlags) {
    if (flags.truth(flag.type).value_or(false)) text += (text.empty() ? "" : ", ") + std::string(flag.name);
  }
  output.line("  is:      " + (text.empty() ? std::string("public") : text));
}

Status execute(Invocation& invocation) {
  OpenToken open = TRY(open_token(invocation, LoginWish::if_told));
  const Selection selection = TRY(selection_of(invocation));
  const std::vector<KeyObject> keys = TRY(selected(open.chip, open.slot(), selection));
  if (keys.empty()) {
    return invocation.fail(Code::not_found, "there is no such key",
                           open.logged_in ? "'coffer key list' shows all"
                                          : "give --pin-file or --login if it is a private or secret key");
  }
  codec::JsonWriter json;
  json.begin_object().key("keys").begin_array();
  for (const KeyObject& key : keys) {
    const AttributeReader flags = TRY(read_flags(open, key));
    write_key(json, key, flags);
    if (!invocation.json) print_key(invocation.output, key, flags);
  }
  json.end_array().end_object();
  if (invocation.json) invocation.print_json(json);
  return {};
}

constexpr auto kOptions = std::to_array<Option>(
    {kTokenOption, kLabelOption, kIdOption, kPinFileOption, kOperatorOption, kLoginOption});

}  // namespace

constinit const Command kKeyShow{
    .name = "key show",
    .summary = "Show what a key is, what it may be used for and how it is protected",
    .details =
        "The key's own octets are never shown; 'coffer key public' prints the public half of a pair.\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
