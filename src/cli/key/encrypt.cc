// coffer key encrypt: encrypts data with an AES key or an RSA public key.
#include <array>

#include "cli/data_file.h"
#include "cli/key/encryption.h"
#include "cli/key/open_token.h"
#include "cli/key/options.h"
#include "cli/key/pkcs11_numbers.h"
#include "cli/registry.h"
#include "crypto/primitives.h"

namespace coffer::cli {

namespace {

Result<Buffer> encrypt(OpenToken& open, const KeyObject& key, Bytes data) {
  Buffer output;
  wire::Encrypt request{
      .slot = open.slot(), .key = key.summary.id, .parameters = oaep_parameters(), .data = data};
  std::array<std::uint8_t, kIvBytes> iv{};
  if (key.summary.key_type == ckk::kAes) {
    TRY(crypto::random_bytes(iv));
    request.parameters = gcm_parameters(iv);
    append(output, iv);
  }
  TRY(open.chip.call_with(request, [&output](const wire::OutputReply& reply) {
    append(output, reply.output);
    return Status{};
  }));
  return output;
}

Status execute(Invocation& invocation) {
  const Buffer data =
      TRY(read_whole(invocation, invocation.arguments.value_or("--in", "-"), wire::kDataBytesMax,
                     "encrypt a data key with this key, and the data with that one"));
  OpenToken open = TRY(open_token(invocation, LoginWish::if_told));
  const KeyObject key = TRY(public_or_secret(invocation, open));
  TRY(check_encrypts(invocation, key));
  const Buffer ciphertext = TRY(encrypt(open, key, data));
  if (!invocation.json) return write_result(invocation, ciphertext, kPublicFile);
  if (invocation.arguments.has("--output")) TRY(write_result(invocation, ciphertext, kPublicFile));
  codec::JsonWriter json;
  json.begin_object();
  json.field("label", key.label).field("ciphertext", to_hex(ciphertext));
  json.end_object();
  invocation.print_json(json);
  return {};
}

constexpr auto kOptions = std::to_array<Option>(
    {kTokenOption, kLabelOption, kIdOption, kPinFileOption, kOperatorOption, kInputOption, kOutputOption});

}  // namespace

constinit const Command kKeyEncrypt{
    .name = "key encrypt",
    .summary = "Encrypt data with an aes key, or with the public half of an rsa key",
    .details =
        "An aes key makes AES-GCM: the result is a random IV of 12 octets, the ciphertext, and a tag of 16 "
        "octets. At "
        "most 4 MiB; for more, encrypt a data key. An rsa key makes RSA-OAEP with SHA-256, for at most 190 "
        "octets "
        "with rsa2048; it needs no PIN.\n"
        "\n"
        " coffer key encrypt --label backup --pin-file pin --in data -o data.enc\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
