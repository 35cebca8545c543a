// Hexadecimal text to octets; base/bytes.h has the way back (to_hex).
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace coffer::codec {

// from_hex reads pairs of hexadecimal digits of either case and nothing else. Fails with `malformed`.
// It is not for secrets: it branches on the digits.
Result<Buffer> from_hex(std::string_view text);

}  // namespace coffer::codec
