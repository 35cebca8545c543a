// Log file: what the processes of a vault say on standard error, kept short.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace coffer::host {

// kLogBytesMax is how long a log may get; with the one before it takes twice that on the disk.
inline constexpr std::uint64_t kLogBytesMax = 16U << 20U;

// limit_log begins the log anew that standard error goes to, when that is the file `path` and it is longer
// than `bytes_max`. What it held is in PATH.old then, in the place of what that held; on a full disk nothing
// is kept.
//
// Other processes write to the same open file: a line that one of them writes in the moment between the last
// look at the file and its cut is lost.
Status limit_log(const std::string& path, std::uint64_t bytes_max = kLogBytesMax);

}  // namespace coffer::host
