// coffer key decrypt: decrypts what `coffer key encrypt` made.
#include <array>

#include "base/secret.h"
#include "cli/data_file.h"
#include "cli/key/encryption.h"
#include "cli/key/open_token.h"
#include "cli/key/options.h"
#include "cli/key/pkcs11_numbers.h"
#include "cli/registry.h"
#include "host/file.h"

namespace coffer::cli {

namespace {

// Plaintext is somebody's data, and often a secret: it is wiped.
struct Plaintext {
  Buffer octets;

  Plaintext() = default;
  Plaintext(const Plaintext&) = delete;
  Plaintext& operator=(const Plaintext&) = delete;
  ~Plaintext() { wipe(octets); }
};

Status decrypt(Invocation& invocation, OpenToken& open, const KeyObject& key, Bytes data,
               Plaintext& plaintext) {
  wire::Decrypt request{
      .slot = open.slot(), .key = key.summary.id, .parameters = oaep_parameters(), .data = data};
  if (key.summary.key_type == ckk::kAes) {
    if (data.size() < kIvBytes + kTagBytes) {
      return invocation.fail(Code::ciphertext_length, "the ciphertext is too short");
    }
    request.parameters = gcm_parameters(data.first(kIvBytes));
    request.data = data.subspan(kIvBytes);
  }
  return open.chip.call_with(request, [&plaintext](const wire::OutputReply& reply) {
    plaintext.octets = to_buffer(reply.output);
    return Status{};
  });
}

Status execute(Invocation& invocation) {
  constexpr std::size_t kCiphertextBytesMax = wire::kDataBytesMax + kIvBytes + kTagBytes;
  const Buffer data =
      TRY(read_whole(invocation, invocation.arguments.value_or("--in", "-"), kCiphertextBytesMax));
  OpenToken open = TRY(open_token(invocation, LoginWish::always));
  const KeyObject key = TRY(private_or_secret(invocation, open));
  TRY(check_encrypts(invocation, key));
  Plaintext plaintext;
  TRY(decrypt(invocation, open, key, data, plaintext));
  if (!invocation.json) return write_result(invocation, plaintext.octets, host::kPrivateFile);
  if (!invocation.arguments.has("--output")) return invocation.usage("--json needs -o: plaintext is no text");
  TRY(write_result(invocation, plaintext.octets, host::kPrivateFile));
  codec::JsonWriter json;
  json.begin_object().field("label", key.label).field("bytes", plaintext.octets.size()).end_object();
  invocation.print_json(json);
  return {};
}

constexpr auto kOptions = std::to_array<Option>(
    {kTokenOption, kLabelOption, kIdOption, kPinFileOption, kOperatorOption, kInputOption, kOutputOption});

}  // namespace

constinit const Command kKeyDecrypt{
    .name = "key decrypt",
    .summary = "Decrypt what 'coffer key encrypt' made",
    .details =
        "With -o the plaintext is written to a file that only you can read.\n"
        "\n"
        " coffer key decrypt --label backup --pin-file pin --in data.enc -o data\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
