// What the commands that change a token's operators share: the security officer's login, and names.
#pragma once

#include <string>

#include "cli/chip.h"
#include "cli/invocation.h"
#include "cli/token/find_token.h"
#include "wire/operator_messages.h"

namespace coffer::cli {

inline constexpr Option kOfficerPinOption{
    "--so-pin-file", "", "FILE", "Read the security officer's PIN from a file instead of asking for it"};
inline constexpr Operand kOperatorToken{"TOKEN", "Label or slot number of the token"};
inline constexpr Operand kOperatorName{.name = "NAME",
                                       .help = "Name of the operator, in UTF-8",
                                       .limit = {.bytes = wire::kOperatorNameBytesMax}};

// OfficersToken is a connection that is logged in to a token as its security officer.
struct OfficersToken {
  Chip chip;
  wire::TokenInfo token;
};

// open_as_officer finds the token that the first operand names and logs in to it.
Result<OfficersToken> open_as_officer(Invocation& invocation);

// read_operator_pin reads a new PIN of an operator with --pin-file, or asks for it.
Result<SecretBytes> read_operator_pin(Invocation& invocation, const std::string& name);

// print_done says what became of an operator: `word` is "added", "removed" ...
void print_done(Invocation& invocation, const wire::TokenInfo& token, const std::string& name,
                std::string_view word);

}  // namespace coffer::cli
