// Durations and times: "5m" and "12h" as people type them, and times as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace coffer::cli {

// kDurationSecondsMax keeps sums of times from wrapping: a hundred years.
inline constexpr std::uint64_t kDurationSecondsMax = 100ULL * 366 * 24 * 3600;

// parse_duration reads numbers with units, largest first: 30s, 5m, 12h, 7d, 52w, 1h30m. The answer is in
// seconds. Fails with `invalid` for anything else, for 0 and for more than kDurationSecondsMax.
Result<std::uint64_t> parse_duration(std::string_view text);

// format_duration writes seconds so that parse_duration reads them back: 86400 is "1d", 5400 is "1h30m".
std::string format_duration(std::uint64_t seconds);

// format_time writes a time in UTC as RFC 3339: 2026-01-31T09:30:00Z.
std::string format_time(Timestamp time);

}  // namespace coffer::cli
