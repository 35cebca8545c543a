// Opening a token: what every key command does first.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "cli/chip.h"
#include "cli/invocation.h"
#include "cli/key/key_object.h"

namespace coffer::cli {

// LoginWish says when a command logs in to its token.
enum class LoginWish : std::uint8_t {
  always,   // with --pin-file, or by asking
  if_told,  // with --pin-file or --login only
};

// OpenToken is a connection with the token that --token names.
struct OpenToken {
  Chip chip;
  wire::TokenInfo token;
  bool logged_in = false;

  [[nodiscard]] std::uint32_t slot() const { return token.slot; }
};

// open_token connects, finds the token and logs in as `wish` says. Fails when neither --label nor --id is
// given to a command that `needs_key`.
Result<OpenToken> open_token(Invocation& invocation, LoginWish wish, bool needs_key = true);

// log_in_later logs in unless that was done; for commands that find out that they need it.
Status log_in_later(Invocation& invocation, OpenToken& open);

// public_or_secret gives the key that --label and --id select: a public one, else, after a login, a secret
// one.
Result<KeyObject> public_or_secret(Invocation& invocation, OpenToken& open);

// private_or_secret gives the key that --label and --id select: a private or a secret one, after a login.
Result<KeyObject> private_or_secret(Invocation& invocation, OpenToken& open);

}  // namespace coffer::cli
