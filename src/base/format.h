// Format: one number for every octet that a vault writes to its directory (docs/formats.md, "Versions").
//
// Whoever changes one of these octets raises it, and adds the step from the format before to both tables:
// apps/home_steps.cc (files that move, before any other process starts) and vault/migration_steps.cc (what is
// sealed, when the vault opens). A step that has nothing to do is a row all the same.
#pragma once

#include <cstdint>

namespace coffer {

// kFormat is what this program writes. It is defined in a file of its own (format.cc), so that a test can
// link a program of a later format.
extern const std::uint8_t kFormat;

// kFormatOldest is what this program still migrates. Directories of that format have no number in them.
inline constexpr std::uint8_t kFormatOldest = 2;

}  // namespace coffer
