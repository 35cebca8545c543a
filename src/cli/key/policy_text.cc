// Policy text.
#include "cli/key/policy_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <optional>

#include "cli/duration.h"
#include "crypto/mechanism.h"

namespace coffer::cli {

namespace {

constexpr auto kDays = std::to_array<std::string_view>({"mon", "tue", "wed", "thu", "fri", "sat", "sun"});
constexpr std::size_t kNoDay = kDays.size();
constexpr unsigned kMinutesOfHour = 60;

constexpr Error kBadHours{Code::invalid, "--hours are written as 08:00-18:00 (UTC)"};
constexpr Error kBadDays{Code::invalid, "--days are written as mon,wed or mon-fri"};
constexpr Error kBadRate{Code::invalid,
                         "--rate is written as 10/1m (ten uses in one minute), at most 1000000 uses in 366d"};

struct UseWord {
  std::string_view word;
  std::uint32_t bit;
};
constexpr auto kUses = std::to_array<UseWord>({{"sign", crypto::use::kSign},
                                               {"verify", crypto::use::kVerify},
                                               {"encrypt", crypto::use::kEncrypt},
                                               {"decrypt", crypto::use::kDecrypt},
                                               {"wrap", crypto::use::kWrap},
                                               {"unwrap", crypto::use::kUnwrap},
                                               {"derive", crypto::use::kDerive}});

// read_number takes all of `text`.
template <typename Number>
std::optional<Number> read_number(std::string_view text) {
  Number number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

// read_minute reads "08:30" as minutes of the day.
std::optional<std::uint16_t> read_minute(std::string_view text) {
  constexpr std::size_t kLength = 5;
  if (text.size() != kLength || text[2] != ':') return std::nullopt;
  const auto hour = read_number<unsigned>(text.substr(0, 2));
  const auto minute = read_number<unsigned>(text.substr(3));
  if (!hour || !minute || *minute >= kMinutesOfHour) return std::nullopt;
  const unsigned total = *hour * kMinutesOfHour + *minute;
  if (total >= wire::kMinutesOfDay) return std::nullopt;
  return static_cast<std::uint16_t>(total);
}

std::size_t day_index(std::string_view word) {
  return static_cast<std::size_t>(std::ranges::find(kDays, word) - kDays.begin());
}

std::string two_digits(unsigned number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string minute_text(unsigned minute) {
  return two_digits(minute / kMinutesOfHour) + ':' + two_digits(minute % kMinutesOfHour);
}

std::string days_text(std::uint8_t weekdays) {
  std::string text;
  for (std::size_t i = 0; i < kDays.size(); ++i) {
    if ((weekdays >> i & 1U) != 0) text += (text.empty() ? "" : ",") + std::string(kDays[i]);
  }
  return text;
}

std::string mechanism_text(std::uint32_t number) {
  const crypto::Mechanism* row = crypto::find_mechanism(number);
  return row != nullptr ? std::string(row->name) : "CKM_" + std::to_string(number);
}

// A time is RFC 3339 in UTC, as coffer prints it, or a length of time from now.
Result<std::uint64_t> read_time(Invocation& invocation, std::string_view option, const std::string& text) {
  if (const auto length = parse_duration(text); length.ok()) return SystemClock().now() + length.value();
  std::tm parts{};
  const char* const end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (end == nullptr || *end != '\0') {
    return invocation.usage(std::string(option) +
                            " is a time as 2026-12-31T23:59:59Z, or 30d from now, and not '" + text + "'");
  }
  return static_cast<std::uint64_t>(::timegm(&parts));
}

}  // namespace

std::uint32_t use_bit(std::string_view word) {
  const auto* const found = std::ranges::find(kUses, word, &UseWord::word);
  return found == kUses.end() ? 0 : found->bit;
}

Result<std::uint32_t> mechanism_number(Invocation& invocation, const std::string& name) {
  const crypto::Mechanism* row = crypto::find_mechanism(std::string_view(name));
  if (row == nullptr) {
    return invocation.usage("there is no mechanism '" + name + "'",
                            "names look like ecdsa-sha256 or aes-gcm");
  }
  return row->number;
}

Status parse_hours(std::string_view text, wire::KeyPolicy& policy) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return kBadHours;
  const auto from = read_minute(text.substr(0, dash));
  const auto to = read_minute(text.substr(dash + 1));
  if (!from || !to || *from == *to) return kBadHours;
  policy.minute_from = *from;
  policy.minute_to = *to;
  return {};
}

Result<std::uint8_t> parse_days(std::string_view text) {
  unsigned days = 0;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    const std::size_t dash = part.find('-');
    const std::size_t first = day_index(part.substr(0, dash));
    const std::size_t last = dash == std::string_view::npos ? first : day_index(part.substr(dash + 1));
    if (first == kNoDay || last == kNoDay) return kBadDays;
    for (std::size_t day = first;; day = (day + 1) % kDays.size()) {
      days |= 1U << day;
      if (day == last) break;
    }
  }
  if (days == 0) return kBadDays;
  return static_cast<std::uint8_t>(days);
}

Status parse_rate(std::string_view text, wire::KeyPolicy& policy) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return kBadRate;
  const auto uses = read_number<std::uint32_t>(text.substr(0, slash));
  const auto seconds = parse_duration(text.substr(slash + 1));
  if (!uses || *uses == 0 || *uses > wire::kRateUsesMax) return kBadRate;
  if (!seconds.ok() || seconds.value() > wire::kRateSecondsMax) return kBadRate;
  policy.rate_uses = *uses;
  policy.rate_seconds = static_cast<std::uint32_t>(seconds.value());
  return {};
}

Result<wire::KeyPolicy> policy_of(Invocation& invocation, const Principals& principals) {
  const Arguments& arguments = invocation.arguments;
  wire::KeyPolicy policy;
  for (const std::string& name : arguments.values("--mechanism")) {
    policy.mechanisms.push_back(TRY(mechanism_number(invocation, name)));
  }
  for (const std::string& name : arguments.values("--principal")) {
    policy.principals.push_back(TRY(principals.find(invocation, name)));
  }
  if (const auto text = arguments.value("--uses")) {
    const auto uses = read_number<std::uint64_t>(*text);
    if (!uses || *uses == 0)
      return invocation.usage("--uses is a number from 1 to 18446744073709551615, and not '" + *text + "'");
    policy.uses_max = *uses;
  }
  const auto told = [&](const Status& status, const std::string& text) -> Status {
    if (status.ok()) return {};
    return invocation.usage(std::string(status.error().text) + ", and not '" + text + "'");
  };
  if (const auto text = arguments.value("--rate")) TRY(told(parse_rate(*text, policy), *text));
  if (const auto text = arguments.value("--hours")) TRY(told(parse_hours(*text, policy), *text));
  if (const auto text = arguments.value("--days")) {
    const auto days = parse_days(*text);
    TRY(told(days.ok() ? Status{} : Status(days.error()), *text));
    policy.weekdays = days.value();
  }
  if (const auto text = arguments.value("--not-before")) {
    policy.not_before = TRY(read_time(invocation, "--not-before", *text));
  }
  if (const auto text = arguments.value("--not-after")) {
    policy.not_after = TRY(read_time(invocation, "--not-after", *text));
  }
  if (policy_lines(policy, 0, principals).empty())
    return invocation.usage("a policy needs a rule", "see --help for the rules");
  return policy;
}

std::vector<std::string> policy_lines(const wire::KeyPolicy& policy, std::uint64_t uses,
                                      const Principals& principals) {
  std::vector<std::string> lines;
  if (!policy.mechanisms.empty()) {
    std::string line = "mechanisms:";
    for (const std::uint32_t number : policy.mechanisms) line += ' ' + mechanism_text(number);
    lines.push_back(std::move(line));
  }
  if (!policy.principals.empty()) {
    std::string line = "principals:";
    for (const wire::Principal& each : policy.principals) line += ' ' + principals.text(each);
    lines.push_back(std::move(line));
  }
  if (policy.uses_max != 0) {
    lines.push_back("uses:       " + std::to_string(uses) + " of " + std::to_string(policy.uses_max) +
                    " made");
  }
  if (policy.rate_uses != 0) {
    lines.push_back("rate:       " + std::to_string(policy.rate_uses) + " in " +
                    format_duration(policy.rate_seconds));
  }
  if (policy.not_before != 0) lines.push_back("not before: " + format_time(policy.not_before));
  if (policy.not_after != 0) lines.push_back("not after:  " + format_time(policy.not_after));
  if (policy.minute_from != policy.minute_to) {
    lines.push_back("hours:      " + minute_text(policy.minute_from) + '-' + minute_text(policy.minute_to) +
                    " UTC");
  }
  if (policy.weekdays != 0) lines.push_back("days:       " + days_text(policy.weekdays));
  return lines;
}

void write_policy(codec::JsonWriter& json, const wire::KeyPolicy& policy, std::uint64_t uses) {
  json.key("mechanisms").begin_array();
  for (const std::uint32_t number : policy.mechanisms) json.value(mechanism_text(number));
  json.end_array();
  write_principals(json, "principals", policy.principals);
  json.field("uses", uses).field("uses_max", policy.uses_max);
  json.field("rate_uses", policy.rate_uses).field("rate_seconds", policy.rate_seconds);
  json.field("not_before", policy.not_before).field("not_after", policy.not_after);
  json.field("minute_from", policy.minute_from).field("minute_to", policy.minute_to);
  json.field("days", days_text(policy.weekdays));
}

}  // namespace coffer::cli
