// Base64 (RFC 4648, 4): octets as text and back.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace coffer::codec {

// to_base64 writes octets with padding.
std::string to_base64(Bytes octets);

// from_base64 reads what to_base64 writes and nothing else: no white space, padding is required, and the
// unused bits of the last digit are zero, so that octets have one text only. Fails with `malformed`. It is
// not for secrets: it looks digits up in a table.
Result<Buffer> from_base64(std::string_view text);

}  // namespace coffer::codec
