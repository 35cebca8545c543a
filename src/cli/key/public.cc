// coffer key public: prints the public half of a key pair.
#include <array>

#include "ca/ssh_public_key.h"
#include "cli/data_file.h"
#include "cli/key/key_object.h"
#include "cli/key/open_token.h"
#include "cli/key/options.h"
#include "cli/key/pkcs11_numbers.h"
#include "cli/registry.h"
#include "codec/base64.h"
#include "crypto/key.h"

namespace coffer::cli {

namespace {

// PEM of SubjectPublicKeyInfo (RFC 7468, 13).
std::string pem(Bytes spki) {
  constexpr std::size_t kLine = 64;
  const std::string digits = codec::to_base64(spki);
  std::string text = "-----BEGIN PUBLIC KEY-----\n";
  for (std::size_t at = 0; at < digits.size(); at += kLine) text += digits.substr(at, kLine) + '\n';
  return text + "-----END PUBLIC KEY-----\n";
}

Result<std::string> ssh_line(Invocation& invocation, Bytes spki, const std::string& label) {
  const auto key = crypto::PublicKey::from_spki(spki);
  if (key.ok()) {
    const auto ssh_key = ca::from_crypto_key(key.value());
    if (ssh_key.ok()) return TRY(ca::text_line(ca::encode_public_key(ssh_key.value()), label)) + '\n';
  }
  return invocation.fail(Code::key_type, "SSH has no keys of this type", "print it with '--format pem'");
}

Result<Buffer> read_spki(Invocation& invocation, OpenToken& open, const KeyObject& key) {
  wire::GetAttributes request;
  request.slot = open.slot();
  request.id = key.summary.id;
  request.types = {cka::kPublicKeyInfo};
  const AttributeReader reader(TRY(open.chip.call(request)));
  const auto spki = reader.octets(cka::kPublicKeyInfo);
  if (spki && !spki->empty()) return to_buffer(*spki);
  return invocation.fail(Code::key_type, "the key has no public half", "choose a key pair");
}

Status execute(Invocation& invocation) {
  // The half that belongs to the private key: public objects are what somebody has put there.
  OpenToken open = TRY(open_token(invocation, LoginWish::always));
  const Selection selection = TRY(selection_of(invocation));
  const auto found = TRY(selected(open.chip, open.slot(), selection, cko::kPrivateKey));
  const KeyObject key = TRY(only_one(invocation, found, selection));
  const Buffer spki = TRY(read_spki(invocation, open, key));
  const bool is_ssh = invocation.arguments.value_or("--format", "pem") == "ssh";
  const std::string text = is_ssh ? TRY(ssh_line(invocation, spki, printable(key.label))) : pem(spki);
  if (!invocation.json) return write_result(invocation, as_bytes(text), kPublicFile);
  codec::JsonWriter json;
  json.begin_object();
  json.field("label", key.label).field("id", to_hex(key.id)).field("type", type_word(key));
  json.field("public_key", text);
  json.end_object();
  invocation.print_json(json);
  return {};
}

constexpr Option kFormat{"--format", "", "pem|ssh",
                         "PEM (SubjectPublicKeyInfo), or a line for SSH (default: pem)"};
constexpr auto kOptions = std::to_array<Option>(
    {kTokenOption, kLabelOption, kIdOption, kFormat, kOutputOption, kPinFileOption, kOperatorOption});

}  // namespace

constinit const Command kKeyPublic{
    .name = "key public",
    .summary = "Print the public half of a key pair",
    .details =
        "The half is the private key's own, so it takes a login; public key objects are not asked.\n\n"
        "  coffer key public --label tls > tls.pem\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
