// Slots: their text.
#include "cli/slots.h"

namespace coffer::cli {

std::string slots_text(const std::vector<std::uint32_t>& slots) {
  std::string text;
  for (const std::uint32_t slot : slots) text += (text.empty() ? "" : ",") + std::to_string(slot);
  return text.empty() ? "-" : text;
}

}  // namespace coffer::cli
