// coffer key generate: makes a key inside the chip.
#include <algorithm>
#include <array>

#include "base/check.h"
#include "cli/key/key_object.h"
#include "cli/key/key_type.h"
#include "cli/key/open_token.h"
#include "cli/key/options.h"
#include "cli/registry.h"
#include "crypto/primitives.h"

namespace coffer::cli {

namespace {

constexpr std::size_t kIdBytes = 8;
constexpr std::uint32_t kGenerateMilliseconds = 120000;  // RSA-4096 on a busy machine

void add_names(TemplateBuilder& builder, const Selection& names) {
  builder.truth(cka::kToken, true).text(cka::kLabel, names.label).octets(cka::kId, names.id);
}

void add_protection(TemplateBuilder& builder) {
  builder.truth(cka::kPrivate, true).truth(cka::kSensitive, true).truth(cka::kExtractable, false);
}

Result<wire::ObjectSummary> generate_pair(OpenToken& open, const KeyTypeRow& type, const Selection& names) {
  TemplateBuilder public_key;
  add_names(public_key, names);
  if (type.mechanism == ckm::kRsaGenerate) {
    constexpr std::array<std::uint8_t, 3> kF4{0x01, 0x00, 0x01};
    public_key.number(cka::kModulusBits, type.size).octets(cka::kPublicExponent, kF4);
  } else if (type.set_type != 0) {
    public_key.number(cka::kParameterSet, type.size);
  } else {
    public_key.text(cka::kEcParams, type.ec_params);
  }
  TemplateBuilder private_key;
  add_names(private_key, names);
  add_protection(private_key);
  wire::GenerateKeyPair request;
  request.slot = open.slot();
  request.mechanism = type.mechanism;
  request.public_attributes = public_key.attributes();
  request.private_attributes = private_key.attributes();
  return TRY(open.chip.call(request, kGenerateMilliseconds)).private_key;
}

Result<wire::ObjectSummary> generate_secret(OpenToken& open, const KeyTypeRow& type, const Selection& names) {
  TemplateBuilder key;
  add_names(key, names);
  add_protection(key);
  key.number(cka::kValueLen, type.size);
  wire::GenerateKey request;
  request.slot = open.slot();
  request.mechanism = type.mechanism;
  request.attributes = key.attributes();
  return TRY(open.chip.call(request, kGenerateMilliseconds)).object;
}

// Labels are what people choose keys by, so this command makes no twins.
Status check_free(Invocation& invocation, OpenToken& open, const std::string& label) {
  const auto found = TRY(selected(open.chip, open.slot(), {.label = label, .id = {}}));
  const bool taken = std::ranges::any_of(
      found, [](const KeyObject& object) { return object.summary.object_class >= cko::kPublicKey; });
  if (!taken) return {};
  return invocation.fail(Code::exists, "there is a key '" + label + "' in this token",
                         "choose another label");
}

Status execute(Invocation& invocation) {
  const KeyTypeRow* type = find_key_type(invocation.arguments.operand(0));
  CHECK(type != nullptr);
  Selection names = TRY(selection_of(invocation));
  if (names.label.empty()) return invocation.usage("a key needs a label");
  if (names.id.empty()) {
    names.id.resize(kIdBytes);
    TRY(crypto::random_bytes(names.id));
  }
  OpenToken open = TRY(open_token(invocation, LoginWish::always));
  TRY(check_free(invocation, open, names.label));
  const wire::ObjectSummary key =
      type->is_pair ? TRY(generate_pair(open, *type, names)) : TRY(generate_secret(open, *type, names));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("token", open.token.label).field("slot", open.slot());
    json.field("type", type->name).field("label", names.label).field("id", to_hex(names.id));
    json.field("object", to_hex(key.id));
    json.end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line(std::string(type->name) + " key '" + printable(names.label) + "', id " +
                         to_hex(names.id) + ", in token '" + printable(open.token.label) + "'");
  return {};
}

constexpr Option kRequiredLabel{"--label", "", "LABEL", "Label of the new key", true};
constexpr Option kNewId{"--id", "", "HEX", "CKA_ID of the new key, in hexadecimal digits (default: random)"};
constexpr auto kOptions =
    std::to_array<Option>({kTokenOption, kRequiredLabel, kPinFileOption, kOperatorOption, kNewId});
constexpr auto kOperands =
    std::to_array<Operand>({{.name = kKeyTypeChoices, .help = "Type of the key", .placeholder = "TYPE"}});

}  // namespace

constinit const Command kKeyGenerate{
    .name = "key generate",
    .summary = "Make a key inside the chip, which it never leaves",
    .details =
        "The key may be used for what keys of its type are for: rsa to sign and decrypt; p256 to p521, "
        "secp256k1 "
        "and brainpool to sign and agree on keys; ed25519 and ed448 to sign; x25519 and x448 to agree on "
        "keys; "
        "ml-dsa and slh-dsa to sign; ml-kem to decapsulate; aes to encrypt; hmac to authenticate. It is "
        "sensitive and can never be extracted.\n"
        "\n"
        " coffer key generate p256 --token web --label tls --pin-file pin\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
