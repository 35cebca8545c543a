// The chapter "tenant": the policies of tokens, and destroyed objects that can come back.
#include "pkcs11/pkcs11.h"
#include "tests/traces/chapters.h"
#include "tests/traces/scene.h"
#include "tests/traces/templates.h"
#include "wire/tenant_messages.h"

namespace coffer::traces {
namespace {

namespace cka = vault::attribute;
constexpr std::uint32_t kWeekSeconds = 7 * 24 * 3600;
constexpr wire::UserType kOfficer = wire::UserType::security_officer;

void comes_back(Speaker& speaker, std::uint32_t slot) {
  log_in(speaker, slot);
  const auto key =
      speaker.ask("a token's AES key",
                  aes_key(slot, {yes(cka::kToken), {cka::kLabel, text("key")}, {cka::kId, text("1")}}));
  const wire::ObjectId id = key.reply.object.id;
  speaker.refused("an object too many", Code::limit, aes_key(slot, {yes(cka::kToken)}));
  speaker.ask("a token's policy", wire::TokenPolicyShow{slot});
  speaker.ask("the key is destroyed", wire::DestroyObject{slot, id});
  speaker.refused("the user asks for what was destroyed", Code::not_logged_in,
                  wire::KeyDeleted{.slot = slot, .after = {}});
  speaker.refused("the user brings a key back", Code::not_logged_in, wire::KeyUndelete{slot, id});
  log_out(speaker, slot);
  log_in(speaker, slot, kOfficer);
  speaker.ask("what was destroyed", wire::KeyDeleted{.slot = slot, .after = {}});
  speaker.ask("a key comes back", wire::KeyUndelete{slot, id});
  speaker.refused("a key comes back twice", Code::not_found, wire::KeyUndelete{slot, id});
  speaker.ask("nothing is destroyed any more", wire::KeyDeleted{.slot = slot, .after = id});
  speaker.refused("the policy of no such token", Code::slot_invalid, wire::TokenPolicyShow{9});
}

}  // namespace

Chapter tenant_chapter() {
  House house("tenant");
  Speaker& owner = *house.owner;
  wire::TokenPolicySet set{.slot = 0, .policy = {.objects_max = 1, .undelete_seconds = kWeekSeconds}};
  owner.ask("a policy of a token", set);
  set.slot = 1;
  owner.ask("a policy of another token", set);
  set.policy.rate_max = wire::kTokenRateMax + 1;
  owner.refused("a rate too high", Code::invalid, set);
  comes_back(owner, 0);
  comes_back(*house.net, 1);
  set.policy = {.rate_max = 1, .applications_max = 1};
  owner.ask("a policy with a rate", set);
  house.net->ask("the first request of a second", wire::TokenMechanisms{1});
  house.net->refused("the second request of a second", Code::too_fast, wire::TokenMechanisms{1});
  return house.take();
}

}  // namespace coffer::traces
