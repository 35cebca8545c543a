// coffer key sign: signs data with a key that stays in the chip.
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

Status execute(Invocation& invocation) {
  InputFile input = TRY(InputFile::open(invocation, invocation.arguments.value_or("--in", "-")));
  OpenToken open = TRY(open_token(invocation, LoginWish::always));
  const KeyObject key = TRY(private_or_secret(invocation, open));
  const crypto::Mechanism* mechanism = TRY(signing_mechanism(invocation, key));
  const KeyUse use{.slot = open.slot(), .key = key.summary.id, .parameters = parameters_of(*mechanism)};
  Buffer signature = TRY(sign_data(invocation, open.chip, use, input));
  const bool is_ecdsa = mechanism->family == crypto::Family::ecdsa;
  if (is_ecdsa && invocation.arguments.value_or("--format", "der") == "der")
    signature = ecdsa_to_der(signature);
  if (!invocation.json) return write_result(invocation, signature, kPublicFile);
  if (invocation.arguments.has("--output")) TRY(write_result(invocation, signature, kPublicFile));
  codec::JsonWriter json;
  json.begin_object();
  json.field("label", key.label).field("mechanism", mechanism->name).field("signature", to_hex(signature));
  json.end_object();
  invocation.print_json(json);
  return {};
}

constexpr Option kMechanism{"--mechanism", "", "NAME",
                            "How to sign (default: the usual way of the key's type)"};
constexpr Option kFormat{"--format", "", "der|raw", "How to write an ECDSA signature (default: der)"};
constexpr auto kOptions =
    std::to_array<Option>({kTokenOption, kLabelOption, kIdOption, kPinFileOption, kOperatorOption,
                           kInputOption, kOutputOption, kMechanism, kFormat});

}  // namespace

constinit const Command kKeySign{
    .name = "key sign",
    .summary = "Sign data with a private key, or authenticate it with a secret one",
    .details =
        "The data is hashed and signed in the chip. Usual mechanisms: rsa-pkcs-sha256 for rsa, ecdsa-sha256, "
        "ecdsa-sha384 and ecdsa-sha512 for p256, p384 and p521, ed25519 (for at most 4 MiB), hmac-sha256 for "
        "hmac, "
        "aes-cmac for aes keys that may sign. Others: rsa-pss-sha256, and the same names with sha224, "
        "sha384, sha512, sha3-256, sha3-384, "
        "sha3-512. PSS "
        "uses a salt as long as the digest.\n"
        "\n"
        "ECDSA signatures are written in DER, as openssl and certificates have them; '--format raw' gives r "
        "and s as "
        "PKCS#11 has them.\n"
        "\n"
        " coffer key sign --label tls --pin-file pin --in message -o message.sig\n"
        " coffer key public --label tls > tls.pem\n"
        " openssl dgst -sha256 -verify tls.pem -signature message.sig message\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
