// Subordinate users: the file's lines into sorted ranges.
#include "host/subordinate_users.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "host/file.h"

namespace coffer::host {

namespace {

constexpr std::size_t kFileBytesMax = std::size_t{4} << 20U;
constexpr std::uint64_t kLastUser = std::numeric_limits<std::uint32_t>::max();

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<UserRange> range_of(std::string_view line) {
  const std::size_t count_colon = line.rfind(':');
  if (count_colon == std::string_view::npos || count_colon == 0) return std::nullopt;
  const std::size_t first_colon = line.rfind(':', count_colon - 1);
  if (first_colon == std::string_view::npos) return std::nullopt;
  const auto first = number(line.substr(first_colon + 1, count_colon - first_colon - 1));
  const auto count = number(line.substr(count_colon + 1));
  if (!first || !count || *count == 0 || *first > kLastUser) return std::nullopt;
  const std::uint64_t last = *first + std::min(*count - 1, kLastUser - *first);
  return UserRange{static_cast<std::uint32_t>(*first), static_cast<std::uint32_t>(last)};
}

}  // namespace

Result<std::vector<UserRange>> parse_subordinate_users(std::string_view text) {
  std::vector<UserRange> all;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (const auto range = range_of(text.substr(0, end))) all.push_back(*range);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  std::ranges::sort(all, {}, &UserRange::first);
  std::vector<UserRange> joined;
  for (const UserRange& each : all) {
    if (!joined.empty() && each.first <= std::uint64_t{joined.back().last} + 1) {
      joined.back().last = std::max(joined.back().last, each.last);
    } else {
      joined.push_back(each);
    }
  }
  if (joined.size() > kUserRangesMax)
    return Error{Code::limit, "there are too many ranges of subordinate users"};
  return joined;
}

Result<std::vector<UserRange>> read_subordinate_users(const std::string& path) {
  const auto content = read_file(path, kFileBytesMax);
  if (!content.ok() && content.error().code == Code::not_found) return std::vector<UserRange>{};
  if (!content.ok()) return content.error();
  return parse_subordinate_users(as_text(content.value()));
}

}  // namespace coffer::host
