// coffer key verify: verifies a signature with a key of the vault.
#include <array>

#include "cli/data_file.h"
#include "cli/key/data_operation.h"
#include "cli/key/ecdsa_signature.h"
#include "cli/key/mechanism_choice.h"
#include "cli/key/open_token.h"
#include "cli/key/options.h"
#include "cli/registry.h"

namespace coffer::cli {

namespace {

constexpr std::size_t kSignatureFileBytesMax = wire::kSignatureBytesMax;

Result<Buffer> read_signature(Invocation& invocation, const KeyObject& key,
                              const crypto::Mechanism& mechanism) {
  Buffer signature =
      TRY(read_whole(invocation, invocation.arguments.value_or("--signature", ""), kSignatureFileBytesMax));
  const bool is_der =
      mechanism.family == crypto::Family::ecdsa && invocation.arguments.value_or("--format", "der") == "der";
  if (!is_der) return signature;
  const std::size_t number_bytes = (key.summary.bits + 7) / 8;
  auto raw = ecdsa_from_der(signature, number_bytes);
  if (raw.ok()) return raw;
  return invocation.fail(Code::signature_invalid, "the signature is not one of this key in DER",
                         "try '--format raw' if PKCS#11 made it");
}

Status execute(Invocation& invocation) {
  InputFile input = TRY(InputFile::open(invocation, invocation.arguments.value_or("--in", "-")));
  OpenToken open = TRY(open_token(invocation, LoginWish::if_told));
  const KeyObject key = TRY(public_or_secret(invocation, open));
  const crypto::Mechanism* mechanism = TRY(signing_mechanism(invocation, key));
  const Buffer signature = TRY(read_signature(invocation, key, *mechanism));
  const KeyUse use{.slot = open.slot(), .key = key.summary.id, .parameters = parameters_of(*mechanism)};
  TRY(verify_data(invocation, open.chip, use, input, signature));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("label", key.label).field("mechanism", mechanism->name).field("valid", true);
    json.end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("good signature of key '" + printable(key.label) + "' (" +
                         std::string(mechanism->name) + ")");
  return {};
}

constexpr Option kSignature{"--signature", "", "FILE", "The signature", true};
constexpr Option kMechanism{"--mechanism", "", "NAME",
                            "How it was signed (default: the usual way of the key's type)"};
constexpr Option kFormat{"--format", "", "der|raw", "How an ECDSA signature is written (default: der)"};
constexpr auto kOptions =
    std::to_array<Option>({kTokenOption, kLabelOption, kIdOption, kSignature, kPinFileOption, kOperatorOption,
                           kInputOption, kMechanism, kFormat});

}  // namespace

constinit const Command kKeyVerify{
    .name = "key verify",
    .summary = "Verify a signature; the exit code is 1 when it is wrong",
    .details =
        "Mechanisms are those of 'coffer key sign'. Public keys need no PIN; secret ones (hmac, aes) do.\n"
        "\n"
        " coffer key verify --label tls --signature message.sig --in message\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
