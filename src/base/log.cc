// Log: a single write(2) a line, so that lines of several processes do not mix.
#include "base/log.h"

#include <unistd.h>

#include <string>

namespace coffer {

void log_line(std::string_view role, std::string_view text) {
  std::string line = "coffer[";
  line += role;
  line += "]: ";
  line += text;
  line += '\n';
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) {
    // Standard error is gone: there is nobody to tell.
  }
}

void log_number(std::string_view role, std::string_view text, std::int64_t number) {
  log_line(role, std::string(text) + ' ' + std::to_string(number));
}

}  // namespace coffer
