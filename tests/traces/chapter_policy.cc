// The chapter "policy": the policies of keys.
#include "pkcs11/pkcs11.h"
#include "tests/traces/chapters.h"
#include "tests/traces/scene.h"
#include "tests/traces/templates.h"
#include "wire/policy_messages.h"

namespace coffer::traces {
namespace {

namespace cka = vault::attribute;
constexpr wire::ObjectId kNobody{1, 2, 3};
constexpr wire::UserType kOfficer = wire::UserType::security_officer;

void shows(Speaker& speaker, std::uint32_t slot, const wire::ObjectId& key) {
  speaker.ask("a key's policy", wire::KeyPolicyShow{slot, key});
  speaker.refused("the policy of nothing", Code::not_found, wire::KeyPolicyShow{slot, kNobody});
  speaker.ask("why a use is permitted", wire::KeyPolicyExplain{.slot = slot,
                                                               .key = key,
                                                               .mechanism = CKM_ECDSA,
                                                               .use = CKF_SIGN,
                                                               .who = wire::user_principal(vault::kOwner)});
  speaker.ask("why a use is refused", wire::KeyPolicyExplain{.slot = slot,
                                                             .key = key,
                                                             .mechanism = CKM_AES_GCM,
                                                             .use = CKF_SIGN,
                                                             .who = wire::user_principal(vault::kStranger)});
  speaker.refused("uses of nothing", Code::not_found, wire::KeyPolicyExplain{.slot = slot, .key = kNobody});
}

}  // namespace

Chapter policy_chapter() {
  House house("policy");
  Speaker& owner = *house.owner;
  log_in(owner, 0);
  const auto pair = owner.ask("a token's P-256 pair", p256_pair(0, {yes(cka::kToken)}));
  const wire::ObjectId key = pair.reply.private_key.id;
  wire::KeyPolicySet set{.slot = 0, .key = key};
  set.policy = {.mechanisms = {CKM_ECDSA},
                .principals = {wire::user_principal(vault::kOwner)},
                .uses_max = 1,
                .rate_uses = 5,
                .rate_seconds = 60,
                .not_before = 1'700'000'000,
                .not_after = 1'900'000'000,
                .minute_from = 0,
                .minute_to = 1439,
                .weekdays = 0x7f};
  owner.ask("a first policy", set);
  owner.refused("the user changes a policy", Code::denied, set);
  set.policy.minute_to = 5000;
  owner.refused("a policy with a wrong time of day", Code::invalid, set);
  shows(owner, 0, key);
  const wire::Sign sign{.slot = 0, .key = key, .parameters = {.mechanism = CKM_ECDSA}, .data = kDigest32};
  owner.ask("the one use", sign);
  owner.refused("a use too many", Code::denied, sign);
  owner.ask("the policy of a key that is used up", wire::KeyPolicyShow{0, key});
  log_out(owner, 0);
  log_in(owner, 0, kOfficer);
  owner.ask("the officer removes a policy", wire::KeyPolicySet{.slot = 0, .key = key, .remove = true});

  log_in(*house.net, 1);
  const auto other = house.net->ask("a token's P-256 pair", p256_pair(1, {yes(cka::kToken)}));
  shows(*house.net, 1, other.reply.private_key.id);
  return house.take();
}

}  // namespace coffer::traces
