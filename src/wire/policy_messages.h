// Policy messages: what a key may be used for beyond its PKCS#11 attributes, and why a use is refused.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wire/messages.h"
#include "wire/principal.h"

namespace coffer::wire {

inline constexpr std::size_t kPolicyMechanismsMax = 64;
inline constexpr std::size_t kPolicyPrincipalsMax = 256;
inline constexpr std::size_t kFindingsMax = 16;
inline constexpr std::uint32_t kRateUsesMax = 1'000'000;
inline constexpr std::uint32_t kRateSecondsMax = 366U * 24 * 3600;
inline constexpr std::uint16_t kMinutesOfDay = 24 * 60;

// KeyPolicy restricts the uses of one key. A member that is zero or empty restricts nothing.
struct KeyPolicy {
  std::vector<std::uint32_t> mechanisms;  // CKM_; only these
  std::vector<Principal> principals;      // only these
  std::uint64_t uses_max = 0;             // in the key's whole life, counted durably before each use
  std::uint32_t rate_uses = 0;            // at most so many uses ...
  std::uint32_t rate_seconds = 0;         // ... in any time of this length
  std::uint64_t not_before = 0;           // seconds since 1970
  std::uint64_t not_after = 0;
  std::uint16_t minute_from = 0;  // of the day, UTC; equal ends: all day; from > to: over midnight
  std::uint16_t minute_to = 0;
  std::uint8_t weekdays = 0;  // bit 0 is Monday; of the day on which the use begins, UTC

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.mechanisms, kPolicyMechanismsMax));
    TRY(visit(in.principals, kPolicyPrincipalsMax));
    return terms(visit, in);
  }
  // terms are those that name nobody.
  static Status terms(auto& visit, auto& in) {
    TRY(visit(in.uses_max));
    TRY(visit(in.rate_uses));
    TRY(visit(in.rate_seconds));
    TRY(visit(in.not_before));
    TRY(visit(in.not_after));
    TRY(visit(in.minute_from));
    TRY(visit(in.minute_to));
    return visit(in.weekdays);
  }
};

// KeyPolicySet gives a token's key a policy, or takes it away. A user who is logged in may give a key its
// first policy; to change or remove one takes the token's security officer.
struct KeyPolicySet {
  static constexpr Facts kFacts{Op{40},    "key_policy_set", Holds::nothing,  Again::never,
                                Later::no, From::here,       Needs::unlocked, Right::judged,
                                "",        Cost::large,      Counted::no};
  using Response = Empty;
  std::uint32_t slot = 0;
  ObjectId key{};
  bool remove = false;
  KeyPolicy policy;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.key));
    TRY(visit(in.remove));
    return visit(in.policy);
  }
};

struct KeyPolicyReply {
  bool is_set = false;
  KeyPolicy policy;
  std::uint64_t uses = 0;  // so far; counted only while uses_max is not zero

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.is_set));
    TRY(visit(in.policy));
    return visit(in.uses);
  }
};
struct KeyPolicyShow {
  static constexpr Facts kFacts{Op{41},    "key_policy_show", Holds::nothing,  Again::yes,
                                Later::no, From::anywhere,    Needs::unlocked, Right::judged,
                                "",        Cost::large,       Counted::yes};
  using Response = KeyPolicyReply;
  std::uint32_t slot = 0;
  ObjectId key{};

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    return visit(in.key);
  }
};

// Finding is the verdict of one rule.
struct Finding {
  std::string rule;
  bool holds = false;
  std::string reason;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.rule, kTextBytesMax));
    TRY(visit(in.holds));
    return visit(in.reason, kTextBytesMax);
  }
};
struct KeyPolicyExplainReply {
  bool allowed = false;
  std::vector<Finding> findings;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.allowed));
    return visit(in.findings, kFindingsMax);
  }
};
// KeyPolicyExplain asks whether a use would be permitted now, and why not. It uses nothing up.
struct KeyPolicyExplain {
  static constexpr Facts kFacts{Op{42},    "key_policy_explain", Holds::nothing,  Again::yes,
                                Later::no, From::anywhere,       Needs::unlocked, Right::judged,
                                "",        Cost::large,          Counted::yes};
  using Response = KeyPolicyExplainReply;
  std::uint32_t slot = 0;
  ObjectId key{};
  std::uint32_t mechanism = 0;  // CKM_
  std::uint32_t use = 0;        // CKF_SIGN, ...
  Principal who;                // that would ask

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.key));
    TRY(visit(in.mechanism));
    TRY(visit(in.use));
    return visit(in.who);
  }
};

}  // namespace coffer::wire
