// Key policy: one function a rule; a table lists them.
#include "vault/key_policy.h"

#include <algorithm>
#include <array>

namespace coffer::vault {

namespace {

using Policy = wire::KeyPolicy;

constexpr std::uint64_t kMinuteSeconds = 60;
constexpr std::uint64_t kDaySeconds = 24 * 3600;
constexpr std::uint64_t kWeekDays = 7;
constexpr std::uint64_t kFirstWeekday = 3;  // 1970-01-01 was a Thursday; 0 is Monday
constexpr std::uint8_t kAllWeekdays = 0x7F;
constexpr std::uint64_t kMicrosecondsOfMillisecond = 1000;
constexpr std::uint64_t kMicrosecondsOfSecond = 1'000'000;
constexpr std::size_t kRatesKept = 4096;

bool has_hours(const Policy& policy) { return policy.minute_from != policy.minute_to; }

bool mechanism_fits(const Policy& policy, const PolicyQuestion& question) {
  return std::ranges::find(policy.mechanisms, question.mechanism) != policy.mechanisms.end();
}

bool principal_fits(const Policy& policy, const PolicyQuestion& question) {
  return std::ranges::any_of(policy.principals, [&question](const wire::Principal& each) {
    return (question.who && each == *question.who) || (question.as && each == *question.as);
  });
}

bool uses_fit(const Policy& policy, const PolicyQuestion& question) {
  return question.uses < policy.uses_max;
}

bool begun(const Policy& policy, const PolicyQuestion& question) { return question.now >= policy.not_before; }

bool not_ended(const Policy& policy, const PolicyQuestion& question) {
  return question.now <= policy.not_after;
}

bool hours_fit(const Policy& policy, const PolicyQuestion& question) {
  const auto minute = static_cast<std::uint16_t>(question.now % kDaySeconds / kMinuteSeconds);
  if (policy.minute_from < policy.minute_to) return minute >= policy.minute_from && minute < policy.minute_to;
  return minute >= policy.minute_from || minute < policy.minute_to;
}

bool weekday_fits(const Policy& policy, const PolicyQuestion& question) {
  const std::uint64_t weekday = (question.now / kDaySeconds + kFirstWeekday) % kWeekDays;
  return (policy.weekdays >> weekday & 1U) != 0;
}

struct Rule {
  std::string_view name;
  bool (*is_set)(const Policy& policy);
  bool (*holds)(const Policy& policy, const PolicyQuestion& question);
  Error refusal;
};

constexpr auto kRules = std::to_array<Rule>({
    {"mechanisms", [](const Policy& policy) { return !policy.mechanisms.empty(); }, &mechanism_fits,
     Error{Code::denied, "the key's policy does not list the mechanism"}},
    {"principals", [](const Policy& policy) { return !policy.principals.empty(); }, &principal_fits,
     Error{Code::denied, "the key's policy does not list this user"}},
    {"not-before", [](const Policy& policy) { return policy.not_before != 0; }, &begun,
     Error{Code::denied, "the key's policy permits no use yet"}},
    {"not-after", [](const Policy& policy) { return policy.not_after != 0; }, &not_ended,
     Error{Code::denied, "the key's policy permits no use any more: its time is over"}},
    {"hours", &has_hours, &hours_fit,
     Error{Code::denied, "the key's policy permits no use at this hour (UTC)"}},
    {"weekdays", [](const Policy& policy) { return policy.weekdays != 0; }, &weekday_fits,
     Error{Code::denied, "the key's policy permits no use on this day of the week (UTC)"}},
    {"uses", [](const Policy& policy) { return policy.uses_max != 0; }, &uses_fit,
     Error{Code::denied, "all uses that the key's policy permits have been made"}},
});

// A use costs its share of the rate's time; so many uses may be made at once as the rate has.
std::uint64_t cost_microseconds(const Rate& rate) { return rate.seconds * kMicrosecondsOfSecond / rate.uses; }

// paid_off_after tells when all uses are paid off if one more is made now; 0: it may not be made.
std::uint64_t paid_off_after(const Rate& rate, std::uint64_t paid_off, std::uint64_t now) {
  const std::uint64_t next = std::max(paid_off, now) + cost_microseconds(rate);
  return next > now + rate.seconds * kMicrosecondsOfSecond ? 0 : next;
}

}  // namespace

Status check_policy(const wire::KeyPolicy& policy) {
  if ((policy.rate_uses == 0) != (policy.rate_seconds == 0)) {
    return Error{Code::invalid, "a rate is a number of uses and a length of time"};
  }
  if (policy.rate_uses > wire::kRateUsesMax || policy.rate_seconds > wire::kRateSecondsMax) {
    return Error{Code::invalid, "the rate is out of bounds: at most 1,000,000 uses, and 366 days"};
  }
  if (policy.minute_from >= wire::kMinutesOfDay || policy.minute_to >= wire::kMinutesOfDay) {
    return Error{Code::invalid, "the hours are not times of a day"};
  }
  if (policy.weekdays > kAllWeekdays) return Error{Code::invalid, "a week has seven days"};
  if (policy.not_after != 0 && policy.not_after < policy.not_before) {
    return Error{Code::invalid, "the policy would end before it begins"};
  }
  return {};
}

std::vector<PolicyVerdict> judge(const wire::KeyPolicy& policy, const PolicyQuestion& question) {
  std::vector<PolicyVerdict> verdicts;
  for (const Rule& rule : kRules) {
    if (!rule.is_set(policy)) continue;
    const bool holds = rule.holds(policy, question);
    verdicts.push_back(
        {.rule = rule.name, .holds = holds, .reason = holds ? std::string_view() : rule.refusal.text});
  }
  return verdicts;
}

Status decide(const wire::KeyPolicy& policy, const PolicyQuestion& question) {
  for (const Rule& rule : kRules) {
    if (rule.is_set(policy) && !rule.holds(policy, question)) return rule.refusal;
  }
  return {};
}

Rate rate_of(const wire::KeyPolicy& policy) { return {policy.rate_uses, policy.rate_seconds}; }

bool RateLimits::has_room(const wire::ObjectId& key, const Rate& rate,
                          std::uint64_t boot_milliseconds) const {
  if (rate.uses == 0) return true;
  const std::lock_guard lock(mutex_);
  const auto place = paid_off_microseconds_.find(key);
  const std::uint64_t paid_off = place == paid_off_microseconds_.end() ? 0 : place->second;
  return paid_off_after(rate, paid_off, boot_milliseconds * kMicrosecondsOfMillisecond) != 0;
}

bool RateLimits::take(const wire::ObjectId& key, const Rate& rate, std::uint64_t boot_milliseconds) {
  if (rate.uses == 0) return true;
  const std::lock_guard lock(mutex_);
  const std::uint64_t now = boot_milliseconds * kMicrosecondsOfMillisecond;
  // Whose uses are paid off may as well be new here: so are keys that were destroyed.
  if (paid_off_microseconds_.size() >= kRatesKept && !paid_off_microseconds_.contains(key))
    std::erase_if(paid_off_microseconds_, [now](const auto& each) { return each.second <= now; });
  std::uint64_t& paid_off = paid_off_microseconds_[key];
  const std::uint64_t next = paid_off_after(rate, paid_off, now);
  if (next == 0) return false;
  paid_off = next;
  return true;
}

void RateLimits::forget(const wire::ObjectId& key) {
  const std::lock_guard lock(mutex_);
  paid_off_microseconds_.erase(key);
}

}  // namespace coffer::vault
