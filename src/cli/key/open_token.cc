// Opening a token.
#include "cli/key/open_token.h"

#include "cli/key/pkcs11_numbers.h"
#include "cli/token/find_token.h"

namespace coffer::cli {

Result<OpenToken> open_token(Invocation& invocation, LoginWish wish, bool needs_key) {
  const Arguments& arguments = invocation.arguments;
  if (needs_key && !arguments.has("--label") && !arguments.has("--id")) {
    return invocation.usage("name the key with --label or --id");
  }
  Chip chip = TRY(Chip::connect(invocation));
  wire::TokenInfo token = TRY(find_token(invocation, chip, arguments.value_or("--token", "")));
  OpenToken open{std::move(chip), std::move(token)};
  const bool told = arguments.has("--pin-file") || arguments.has("--login") || arguments.has("--operator");
  if (wish == LoginWish::always || told) TRY(log_in_later(invocation, open));
  return open;
}

Status log_in_later(Invocation& invocation, OpenToken& open) {
  if (open.logged_in) return {};
  if (const auto name = invocation.arguments.value("--operator")) {
    TRY(log_in_as_operator(invocation, open.chip, open.token, *name));
  } else {
    TRY(log_in(invocation, open.chip, open.token));
  }
  open.logged_in = true;
  return {};
}

Result<KeyObject> public_or_secret(Invocation& invocation, OpenToken& open) {
  const Selection selection = TRY(selection_of(invocation));
  std::vector<KeyObject> found = TRY(selected(open.chip, open.slot(), selection, cko::kPublicKey));
  if (found.empty()) {
    TRY(log_in_later(invocation, open));
    found = TRY(selected(open.chip, open.slot(), selection, cko::kSecretKey));
  }
  return only_one(invocation, found, selection);
}

Result<KeyObject> private_or_secret(Invocation& invocation, OpenToken& open) {
  TRY(log_in_later(invocation, open));
  const Selection selection = TRY(selection_of(invocation));
  std::vector<KeyObject> found = TRY(selected(open.chip, open.slot(), selection, cko::kPrivateKey));
  const std::vector<KeyObject> secret = TRY(selected(open.chip, open.slot(), selection, cko::kSecretKey));
  found.insert(found.end(), secret.begin(), secret.end());
  return only_one(invocation, found, selection);
}

}  // namespace coffer::cli
