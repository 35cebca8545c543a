// Guest words: how a library says something in a program that is not its own.
#pragma once

#include <cstdint>
#include <string_view>

namespace coffer::host {

// Urgency is the severity of a line in the system's log (RFC 5424, 6.2.1).
enum class Urgency : std::uint8_t { warning = 4, info = 6 };

// say_on_error_stream writes "coffer[ROLE]: TEXT" to standard error, in one write, when that is what number 2
// means: a program that has closed its streams may have got the number for a file or a connection of its own.
// It raises no signal when nobody reads. `text` must not hold anything secret; what is no text in it (paths
// may hold anything) becomes a question mark.
void say_on_error_stream(std::string_view role, std::string_view text);

// say_in_system_log sends the same to the system's log, over a socket of its own that is closed again, and
// tells whether there is such a log. It never waits.
bool say_in_system_log(Urgency urgency, std::string_view role, std::string_view text);

}  // namespace coffer::host
