// Enumeration: the two ladders.
#include "tests/extraction_search/enumeration.h"

#include <algorithm>
#include <array>
#include <vector>

#include "tests/extraction_search/attribute_names.h"
#include "tests/extraction_search/fixed_keys.h"
#include "tests/extraction_search/keys.h"
#include "tests/extraction_search/menu.h"
#include "vault/attribute.h"

namespace coffer::extraction {
namespace {

namespace a = vault::attribute;
namespace c = vault::object_class;
namespace k = vault::key_type;
namespace u = crypto::use;

constexpr std::uint32_t kHmacSha256 = 0x251;
constexpr std::uint32_t kHmacSha512 = 0x271;
constexpr std::uint32_t kAesCmac = 0x108A;
constexpr std::uint32_t kGcm = 0x1087;

// What a wrapped key may come back as.
struct Return {
  std::uint32_t object_class;
  std::uint32_t key_type;
  std::size_t bytes;  // CKA_VALUE_LEN; 0: not given
};

// Kind says which ladder a plan is.
enum class Kind : std::uint8_t { derive, come_back, compute, raise };

// Plan is one sequence of the menu.
struct Plan {
  Kind kind;
  const VictimShape* shape;
  const crypto::Mechanism* mechanism;
  std::size_t one;    // derive: the first length; come_back, raise: the wrapping key; compute: the input
  std::size_t other;  // derive: the second length; compute: the number of the MAC; raise: 1 for a copy
  Return back;
};

constexpr std::size_t kWrappingKeys = 3;  // wraps only, the officer's trusted one, one that decrypts too

std::vector<Return> returns_of(const VictimShape& shape) {
  std::vector<Return> returns;
  if (shape.key_type == k::kRsa) return {{c::kSecretKey, k::kGenericSecret, kRsaSecretAt + 1}};
  for (const std::size_t each : kLengths) returns.push_back({c::kSecretKey, k::kGenericSecret, each});
  for (const std::size_t each : {0, 16, 24, 32}) returns.push_back({c::kSecretKey, k::kAes, each});
  returns.push_back({c::kSecretKey, k::kGenericSecret, 0});
  returns.push_back({c::kSecretKey, k::kAesXts, 32});
  returns.push_back({c::kSecretKey, k::kChaCha20, 32});
  returns.push_back({c::kPrivateKey, k::kEc, 0});
  return returns;
}

void add_returns(std::vector<Plan>& plans) {
  for (const VictimShape& shape : victim_shapes()) {
    if (shape.is_base) continue;
    for (const crypto::Mechanism& each : crypto::mechanisms()) {
      if (each.key != crypto::KeyType::aes || (each.uses & u::kWrap) == 0) continue;
      if (shape.key_type == k::kRsa && each.family != crypto::Family::aes_kwp) continue;
      for (std::size_t key = 0; key < (shape.key_type == k::kRsa ? 1 : kWrappingKeys); ++key) {
        for (const Return& back : returns_of(shape))
          plans.push_back({Kind::come_back, &shape, &each, key, 0, back});
        for (const std::size_t is_copy : {0, 1})
          plans.push_back({Kind::raise, &shape, &each, key, is_copy, {}});
      }
    }
  }
}

void add_derivations(std::vector<Plan>& plans, const Hint& hint) {
  for (const VictimShape& shape : victim_shapes()) {
    const std::uint32_t object_class = is_pair(shape.key_type) ? c::kPrivateKey : c::kSecretKey;
    const wire::ObjectSummary key{.object_class = object_class, .key_type = shape.key_type};
    for (const crypto::Mechanism& each : crypto::mechanisms()) {
      const bool is_hinted = hint.empty() || std::ranges::count(hint, each.family) != 0;
      if (!is_hinted || !fits(key, each, u::kDerive) || each.family == crypto::Family::public_half) continue;
      for (std::size_t one = 0; one < std::size(kLengths); ++one) {
        for (std::size_t other = 0; other < one; ++other) {
          plans.push_back({Kind::derive, &shape, &each, kLengths[one], kLengths[other], {}});
        }
      }
    }
  }
}

// A base that computes MACs too.
void add_computations(std::vector<Plan>& plans) {
  for (const VictimShape& shape : victim_shapes()) {
    if (!shape.is_base || is_pair(shape.key_type)) continue;
    const wire::ObjectSummary key{.object_class = c::kSecretKey, .key_type = shape.key_type};
    for (const crypto::Mechanism& each : crypto::mechanisms()) {
      if (!fits(key, each, u::kDerive) || is_linear(each.family)) continue;
      for (std::size_t input = 0; input < mac_inputs().size(); ++input) {
        for (const std::size_t mac : {kHmacSha256, kHmacSha512, kAesCmac}) {
          if (fits(key, *crypto::find_mechanism(static_cast<std::uint32_t>(mac)), u::kSign))
            plans.push_back({Kind::compute, &shape, &each, input, mac, {}});
        }
      }
    }
  }
}

std::vector<Plan> make_plans(const Hint& hint) {
  std::vector<Plan> plans;
  if (hint.empty()) {
    add_returns(plans);
    add_computations(plans);
  }
  add_derivations(plans, hint);
  return plans;
}

const std::vector<Plan>& plans_of(const Hint& hint) {
  static const std::vector<Plan> plans = make_plans(hint);  // one hint a process
  return plans;
}

Settings generic_key(std::size_t bytes) {
  Settings settings = {number(a::kClass, c::kSecretKey), number(a::kKeyType, k::kGenericSecret),
                       truth(a::kSign, true), truth(a::kSensitive, true)};
  if (bytes != 0) settings.push_back(number(a::kValueLen, bytes));
  return settings;
}

Call hmac_of(int call) {
  Call asked{.operation = Operation::sign, .key = {call, 0}, .how = {.mechanism = kHmacSha256}};
  asked.data.octets = Buffer(1, 0);
  return asked;
}

Sequence derivations(const Plan& plan, Dice& dice) {
  Sequence sequence = {victim_of(*plan.shape, false, dice)};
  const wire::ObjectSummary base{.key_type = plan.shape->key_type,
                                 .bits = static_cast<std::uint32_t>(8 * plan.shape->bytes)};
  const How how = how_for(*plan.mechanism, u::kDerive, base, dice);
  for (const std::size_t bytes : {plan.one, plan.other}) {
    Call call{.operation = Operation::derive, .key = {0, 0}, .how = how};
    call.attributes = generic_key(bytes);
    sequence.push_back(std::move(call));
  }
  sequence.push_back(hmac_of(1));
  sequence.push_back(hmac_of(2));
  return sequence;
}

Call chosen_wrapping_key(std::size_t choice, Dice& dice) {
  if (choice == 2) return own_key(k::kAes, 32, nullptr, dice);
  Call call{.operation = Operation::generate, .how = {.mechanism = 0x1080}};
  call.attributes = {number(a::kValueLen, 32), truth(a::kWrap, true), truth(a::kUnwrap, true)};
  if (choice == 1) {
    call.who = Who::officer;
    for (const Setting& each : {truth(a::kToken, true), truth(a::kPrivate, false), truth(a::kTrusted, true)})
      call.attributes.push_back(each);
  }
  return call;
}

// A victim that was wrapped, and what undoes it.
Sequence wrapped(const Plan& plan, Operation undoes, Call& come, Dice& dice) {
  Sequence sequence = {victim_of(*plan.shape, true, dice), chosen_wrapping_key(plan.one, dice)};
  Call leave{.operation = Operation::wrap, .key = {1, 0}, .target = {0, 0}};
  leave.how = how_for(*plan.mechanism, u::kWrap, {}, dice);
  come = {.operation = undoes, .key = {1, 0}, .how = leave.how};
  if (plan.mechanism->number == kGcm) {
    leave.how.iv = {};
    leave.how.nonce_bytes = 12;
    come.how.nonce_bytes = 0;
    come.how.iv = {.from = {2, 1}};
  }
  come.data.from = {2, 0};
  sequence.push_back(std::move(leave));
  return sequence;
}

// It comes back as something, and once more whole.
Sequence returns(const Plan& plan, Dice& dice) {
  Call come;
  Sequence sequence = wrapped(plan, Operation::unwrap, come, dice);
  Call whole = come;
  come.attributes = generic_key(plan.back.bytes);
  come.attributes[0] = number(a::kClass, plan.back.object_class);
  come.attributes[1] = number(a::kKeyType, plan.back.key_type);
  whole.attributes = generic_key(0);
  sequence.push_back(std::move(come));
  sequence.push_back({.operation = Operation::get_attributes, .key = {3, 0}});
  sequence.push_back(hmac_of(3));
  sequence.push_back(std::move(whole));
  sequence.push_back(hmac_of(6));
  return sequence;
}

// The wrapping key, or a copy of it, is told to decrypt.
Sequence raises(const Plan& plan, Dice& dice) {
  Call come;
  Sequence sequence = wrapped(plan, Operation::decrypt, come, dice);
  const bool is_copy = plan.other == 1;
  sequence.push_back({.operation = is_copy ? Operation::copy : Operation::set_attributes,
                      .key = {1, 0},
                      .attributes = {truth(a::kDecrypt, true)}});
  if (is_copy) come.key = {3, 0};
  sequence.push_back(std::move(come));
  return sequence;
}

Sequence computations(const Plan& plan, Dice& dice) {
  Sequence sequence = {victim_of(*plan.shape, false, dice)};
  sequence.front().attributes.push_back(truth(a::kSign, true));
  const wire::ObjectSummary base{.key_type = plan.shape->key_type,
                                 .bits = static_cast<std::uint32_t>(8 * plan.shape->bytes)};
  Call call{.operation = Operation::derive, .key = {0, 0}};
  call.how = how_for(*plan.mechanism, u::kDerive, base, dice);
  call.attributes = generic_key(16);
  sequence.push_back(std::move(call));
  sequence.push_back(hmac_of(0));
  sequence.back().how.mechanism = static_cast<std::uint32_t>(plan.other);
  sequence.back().data.octets = mac_inputs()[plan.one];
  sequence.push_back(hmac_of(1));
  return sequence;
}

}  // namespace

std::uint64_t enumerated_count(const Hint& hint) { return plans_of(hint).size(); }

std::optional<Sequence> enumerated_sequence(std::uint64_t number, const Hint& hint) {
  const std::vector<Plan>& plans = plans_of(hint);
  if (number >= plans.size()) return std::nullopt;
  Dice dice(number);
  const Plan& plan = plans[number];
  switch (plan.kind) {
    case Kind::derive: return derivations(plan, dice);
    case Kind::come_back: return returns(plan, dice);
    case Kind::compute: return computations(plan, dice);
    case Kind::raise: return raises(plan, dice);
  }
  return std::nullopt;
}

}  // namespace coffer::extraction
