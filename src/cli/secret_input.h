// Secret input: PINs and passphrases out of files or from the terminal, never from the command line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "cli/invocation.h"

namespace coffer::cli {

// SecretRequest says what is asked for.
struct SecretRequest {
  std::string what;         // "PIN of token 'web'", for the prompt and for errors
  std::string_view option;  // "--pin-file"; it may stand on the command line or not
  std::size_t bytes_min = 1;
  std::size_t bytes_max = 255;
  bool is_new = false;  // asked for twice on the terminal
};

// read_secret gives the content of the file that the option names, without the end of line behind it, or asks
// on the terminal without showing what is typed. "-" is standard input. Warns when others can read the file.
// Fails when the length is outside the bounds, when nobody can be asked, and when the two answers differ.
Result<SecretBytes> read_secret(Invocation& invocation, const SecretRequest& request);

// read_secret_operand gives an operand that is a secret, or the line on standard input when it is "-": who
// lists processes sees operands.
Result<SecretBytes> read_secret_operand(Invocation& invocation, const std::string& operand);

// ask_word asks on the terminal for a word that is shown. Fails with `invalid` when there is no terminal.
Result<std::string> ask_word(std::string_view prompt);

}  // namespace coffer::cli
