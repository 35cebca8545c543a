// What the commands that change a token's operators share.
#include "cli/operator/change.h"

#include "cli/secret_input.h"

namespace coffer::cli {

Result<OfficersToken> open_as_officer(Invocation& invocation) {
  Chip chip = TRY(Chip::connect(invocation));
  wire::TokenInfo token = TRY(find_token(invocation, chip, invocation.arguments.operand(0)));
  OfficersToken open{std::move(chip), std::move(token)};
  TRY(log_in_as_officer(invocation, open.chip, open.token));
  return open;
}

Result<SecretBytes> read_operator_pin(Invocation& invocation, const std::string& name) {
  return read_secret(invocation, {.what = "PIN of operator '" + printable(name) + "'",
                                  .option = "--pin-file",
                                  .bytes_min = wire::kPinBytesMin,
                                  .bytes_max = wire::kPinBytesMax,
                                  .is_new = true});
}

void print_done(Invocation& invocation, const wire::TokenInfo& token, const std::string& name,
                std::string_view word) {
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("slot", token.slot).field("operator", name).field(word, true).end_object();
    return invocation.print_json(json);
  }
  invocation.output.line(std::string(word) + " operator '" + printable(name) + "' of " +
                         printable(token_name(token)));
}

}  // namespace coffer::cli
