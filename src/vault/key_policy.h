// Key policy: the rules about a key's uses that its owner set beyond its PKCS#11 attributes, and their
// verdicts.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "record/who.h"
#include "wire/policy_messages.h"

namespace coffer::vault {

// PolicyQuestion is one use that somebody wants to make.
struct PolicyQuestion {
  std::uint32_t mechanism = 0;
  record::Who who;
  record::Who as;  // the operator who is logged in; nobody: none is
  Timestamp now = 0;
  std::uint64_t uses = 0;  // made so far
};

// PolicyVerdict is what one rule says; `reason` is a literal.
struct PolicyVerdict {
  std::string_view rule;
  bool holds = true;
  std::string_view reason;
};

// check_policy refuses policies that make no sense.
Status check_policy(const wire::KeyPolicy& policy);

// judge asks every rule that the policy has, except the rate, which RateLimits knows.
std::vector<PolicyVerdict> judge(const wire::KeyPolicy& policy, const PolicyQuestion& question);

// decide gives the first refusal of judge(): Code::denied.
Status decide(const wire::KeyPolicy& policy, const PolicyQuestion& question);

// Rate is at most `uses` in any time of `seconds`; no uses: no bound.
struct Rate {
  std::uint32_t uses = 0;
  std::uint32_t seconds = 0;
};

// rate_of is the policy's.
Rate rate_of(const wire::KeyPolicy& policy);

// RateLimits remembers how fast keys and tokens are being used, in memory: a restart of the chip forgets it.
// Safe from many threads.
class RateLimits {
 public:
  // has_room tells whether a use would be within the rate now.
  [[nodiscard]] bool has_room(const wire::ObjectId& key, const Rate& rate,
                              std::uint64_t boot_milliseconds) const;
  // take makes one use, if it is within the rate.
  bool take(const wire::ObjectId& key, const Rate& rate, std::uint64_t boot_milliseconds);
  void forget(const wire::ObjectId& key);

 private:
  // The times of the last uses would show the same; one number a key does: when the uses made so far are paid
  // off.
  mutable std::mutex mutex_;
  std::map<wire::ObjectId, std::uint64_t> paid_off_microseconds_;
};

}  // namespace coffer::vault
