// Erasure: what the guard does to the files of a vault that the chip has destroyed. It can be interrupted at
// any moment and goes on where it was.
#pragma once

#include <string>

#include "base/result.h"

namespace coffer::apps {

// is_erasing tells whether an erasure was begun and not finished in `home`.
bool is_erasing(const std::string& home);

// erase_home takes away host.key - overwritten first -, the mark, the directory of the store with all that is
// in it, and what is for people; also where an earlier format had them. The audit log, whose last lines
// record the erasure, stays. No process of the vault may run.
Status erase_home(const std::string& home);

}  // namespace coffer::apps
