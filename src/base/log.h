// Log: one line to standard error, made of literals and public numbers only.
#pragma once

#include <cstdint>
#include <string_view>

namespace coffer {

// log_line writes "coffer[ROLE]: TEXT" and a newline in one write. `text` must not hold anything secret.
void log_line(std::string_view role, std::string_view text);

// log_number is log_line with one number behind the text.
void log_number(std::string_view role, std::string_view text, std::int64_t number);

}  // namespace coffer
