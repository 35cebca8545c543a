// Data operations: signing and verifying data of any length, in one request or in parts.
#pragma once

#include "base/result.h"
#include "cli/data_file.h"
#include "cli/key/open_token.h"
#include "wire/messages.h"

namespace coffer::cli {

// KeyUse is a key with the mechanism that it is used with.
struct KeyUse {
  std::uint32_t slot = 0;
  wire::ObjectId key{};
  wire::Parameters parameters;
};

// sign_data signs what `input` holds and gives the signature.
Result<Buffer> sign_data(Invocation& invocation, Chip& chip, const KeyUse& use, InputFile& input);

// verify_data verifies the signature of what `input` holds. A wrong one is `signature_invalid`.
Status verify_data(Invocation& invocation, Chip& chip, const KeyUse& use, InputFile& input, Bytes signature);

}  // namespace coffer::cli
