// coffer key list: the keys of a token.
#include <algorithm>
#include <array>

#include "cli/key/key_object.h"
#include "cli/key/open_token.h"
#include "cli/key/options.h"
#include "cli/registry.h"

namespace coffer::cli {

namespace {

void print_as_json(Invocation& invocation, const OpenToken& open, const std::vector<KeyObject>& keys) {
  codec::JsonWriter json;
  json.begin_object();
  json.field("token", open.token.label).field("slot", open.slot()).field("logged_in", open.logged_in);
  json.key("keys").begin_array();
  for (const KeyObject& key : keys) {
    json.begin_object();
    json.field("label", key.label)
        .field("id", to_hex(key.id))
        .field("class", class_word(key.summary.object_class));
    json.field("type", type_word(key)).field("bits", key.summary.bits);
    json.key("uses").begin_array();
    for (const std::string_view word : use_words(key.summary.uses)) json.value(word);
    json.end_array();
    json.field("object", to_hex(key.summary.id));
    json.end_object();
  }
  json.end_array().end_object();
  invocation.print_json(json);
}

Status execute(Invocation& invocation) {
  OpenToken open = TRY(open_token(invocation, LoginWish::if_told, false));
  std::vector<KeyObject> keys = TRY(selected(open.chip, open.slot(), {}));
  std::ranges::sort(keys, [](const KeyObject& left, const KeyObject& right) {
    if (left.label != right.label) return left.label < right.label;
    return left.summary.object_class < right.summary.object_class;
  });
  if (invocation.json) {
    print_as_json(invocation, open, keys);
    return {};
  }
  Columns columns({"LABEL", "CLASS", "TYPE", "ID", "USES"});
  for (const KeyObject& key : keys) {
    columns.add({printable(key.label), std::string(class_word(key.summary.object_class)), type_word(key),
                 to_hex(key.id), uses_text(key.summary.uses)});
  }
  columns.print(invocation.output);
  if (!open.logged_in)
    invocation.output.line("private and secret keys are listed after a login: --pin-file or --login");
  return {};
}

constexpr auto kOptions =
    std::to_array<Option>({kTokenOption, kPinFileOption, kOperatorOption, kLoginOption});

}  // namespace

constinit const Command kKeyList{
    .name = "key list",
    .summary = "List the keys in a token",
    .details = "Without a login only public objects are listed, as PKCS#11 has it.\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
