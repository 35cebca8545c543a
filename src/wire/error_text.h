// error_text: the literal that an Error carries when its Code came over the wire.
#pragma once

#include <string_view>

#include "base/result.h"

namespace coffer::wire {

// error_text gives a short literal for each Code, in words for people; the chip's own text is in
// Client::last_error_text().
std::string_view error_text(Code code);

// error_from_wire makes the Error for a code that the chip answered. A number that is no failure we know is
// `internal`.
Error error_from_wire(std::uint16_t code);

}  // namespace coffer::wire
