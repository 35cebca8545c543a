// Durations and times.
#include "cli/duration.h"

#include <array>
#include <charconv>
#include <ctime>

namespace coffer::cli {

namespace {

struct Unit {
  char letter;
  std::uint64_t seconds;
};
constexpr auto kUnits = std::to_array<Unit>({
    {'w', 7ULL * 24 * 3600},
    {'d', 24ULL * 3600},
    {'h', 3600},
    {'m', 60},
    {'s', 1},
});

constexpr Error kNoDuration{Code::invalid, "a duration is a number with s, m, h, d or w behind it"};

}  // namespace

Result<std::uint64_t> parse_duration(std::string_view text) {
  std::uint64_t total = 0;
  std::size_t next_unit = 0;
  if (text.empty()) return kNoDuration;
  while (!text.empty()) {
    std::uint64_t count = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
    const auto digits = static_cast<std::size_t>(read.ptr - text.data());
    if (read.ec != std::errc{} || digits == text.size()) return kNoDuration;
    while (next_unit < kUnits.size() && kUnits[next_unit].letter != text[digits]) ++next_unit;
    if (next_unit == kUnits.size()) return kNoDuration;
    const std::uint64_t unit_seconds = kUnits[next_unit].seconds;
    if (count > kDurationSecondsMax / unit_seconds)
      return Error{Code::invalid, "a duration is at most a hundred years (36600d)"};
    total += count * unit_seconds;
    ++next_unit;
    text.remove_prefix(digits + 1);
  }
  if (total == 0) return Error{Code::invalid, "a duration of nothing makes no sense"};
  if (total > kDurationSecondsMax)
    return Error{Code::invalid, "a duration is at most a hundred years (36600d)"};
  return total;
}

std::string format_duration(std::uint64_t seconds) {
  std::string text;
  for (const Unit& unit : kUnits) {
    const std::uint64_t count = seconds / unit.seconds;
    if (count == 0) continue;
    text += std::to_string(count) + unit.letter;
    seconds %= unit.seconds;
  }
  return text.empty() ? "0s" : text;
}

std::string format_time(Timestamp time) {
  const auto seconds = static_cast<std::time_t>(time);
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return std::to_string(time);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), length};
}

}  // namespace coffer::cli
