// Finding a token: by its label or its slot, and logging in to it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/chip.h"
#include "cli/invocation.h"

namespace coffer::cli {

// find_token gives the initialised token that has this label; a number is a slot, and "label:TEXT" always a
// label. An empty name is the only token
// there is. Fails with `not_found`, and with `invalid` when the name fits two tokens.
Result<wire::TokenInfo> find_token(Invocation& invocation, Chip& chip, const std::string& name);

// log_in logs in to a token as its user, with the PIN of --pin-file or of the terminal.
Status log_in(Invocation& invocation, Chip& chip, const wire::TokenInfo& token);

// log_in_as_officer logs in as its security officer, with the PIN of --so-pin-file or of the terminal.
Status log_in_as_officer(Invocation& invocation, Chip& chip, const wire::TokenInfo& token);

// log_in_as_operator logs in by name, with the PIN of --pin-file or of the terminal.
Status log_in_as_operator(Invocation& invocation, Chip& chip, const wire::TokenInfo& token,
                          const std::string& name);

// token_name is how messages call a token.
std::string token_name(const wire::TokenInfo& token);

}  // namespace coffer::cli
