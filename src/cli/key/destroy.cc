// coffer key destroy: removes a key, both halves of a pair.
#include <array>

#include "cli/key/key_object.h"
#include "cli/key/open_token.h"
#include "cli/key/options.h"
#include "cli/key/pkcs11_numbers.h"
#include "cli/registry.h"

namespace coffer::cli {

namespace {

bool is_key(const KeyObject& object) {
  return object.summary.object_class >= cko::kPublicKey && object.summary.object_class <= cko::kSecretKey;
}

// Two pairs with one label are two keys; the id tells them apart.
bool is_one_key(const std::vector<KeyObject>& keys) {
  for (const KeyObject& key : keys) {
    if (key.id != keys.front().id) return false;
  }
  return true;
}

Status execute(Invocation& invocation) {
  if (!invocation.arguments.has("--yes")) {
    return invocation.usage("this destroys the key for ever", "if you mean it, add --yes");
  }
  OpenToken open = TRY(open_token(invocation, LoginWish::always));
  const Selection selection = TRY(selection_of(invocation));
  std::vector<KeyObject> keys = TRY(selected(open.chip, open.slot(), selection));
  std::erase_if(keys, [](const KeyObject& object) { return !is_key(object); });
  if (keys.empty()) {
    return invocation.fail(Code::not_found, "there is no such key", "'coffer key list --login' shows all");
  }
  if (!is_one_key(keys)) return invocation.fail(Code::invalid, "several keys fit", "choose one with --id");
  for (const KeyObject& key : keys) {
    TRY(open.chip.tell(wire::DestroyObject{.slot = open.slot(), .id = key.summary.id}));
  }
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("label", keys.front().label).field("id", to_hex(keys.front().id));
    json.field("destroyed", keys.size()).end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("destroyed key '" + printable(keys.front().label) + "', " +
                         std::to_string(keys.size()) + (keys.size() == 1 ? " object" : " objects"));
  return {};
}

constexpr Option kYes{"--yes", "", "", "Really do it"};
constexpr auto kOptions =
    std::to_array<Option>({kTokenOption, kLabelOption, kIdOption, kPinFileOption, kOperatorOption, kYes});

}  // namespace

constinit const Command kKeyDestroy{
    .name = "key destroy",
    .summary = "Destroy a key, both halves of a pair",
    .details = "",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
