// Format: the number of this program. What each of them changed: docs/formats.md, "Versions".
#include "base/format.h"

namespace coffer {

const std::uint8_t kFormat = 7;

}  // namespace coffer
