// Admission: who may ask what, from where and when - every request, entrance, state of the vault and caller,
// against a table that was written by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "vault/dispatch.h"
#include "vault/vault_fixture.h"
#include "wire/message_list.h"

namespace coffer::vault {
namespace {

using testing::Contains;
using testing::HasSubstr;

enum class Place : std::uint8_t { here, anywhere, door };
enum class When : std::uint8_t { always, open };
enum class Who : std::uint8_t { everybody, owner, officer };

// Rule is one line of the table, for all requests that it names.
struct Rule {
  Place place;
  When when;
  Who who;
  std::vector<std::string_view> requests;
};

const std::vector<Rule>& rules() {
  static const std::vector<Rule> all{
      {Place::here, When::always, Who::everybody, {"status"}},
      {Place::here,
       When::always,
       Who::owner,
       {"initialize", "unlock", "lock", "accept_rollback", "audit_head", "shut_down", "backup_rehearse",
        "backup_open", "backup_write", "backup_finish", "tamper_show", "tamper_clear", "zeroize_prepare",
        "zeroize"}},
      {Place::here,
       When::open,
       Who::owner,
       {"grant", "grants", "destroy_token", "ca_create", "backup_keep", "tamper_set", "tamper_duress",
        "net_enable", "net_enrol", "net_list", "net_revoke", "token_policy_set", "token_tries",
        "token_unlock"}},
      // What these do depends on the key, the authority or the lock of backups that they name.
      {Place::here,
       When::open,
       Who::everybody,
       {"ca_show", "ca_list", "ca_sign_ssh", "key_policy_set", "backup_begin", "backup_read",
        "token_legacy"}},
      {Place::anywhere, When::always, Who::everybody, {"mechanisms"}},
      {Place::anywhere,
       When::open,
       Who::everybody,
       {"slots",
        "init_token",
        "login",
        "resume",
        "logout",
        "set_pin",
        "create_object",
        "copy_object",
        "destroy_object",
        "get_attributes",
        "set_attributes",
        "find",
        "generate_key",
        "derive_key",
        "generate_key_pair",
        "close_session",
        "sign",
        "key_policy_show",
        "verify",
        "encrypt",
        "key_policy_explain",
        "decrypt",
        "digest",
        "random",
        "seed_random",
        "begin",
        "begin_sized",
        "update",
        "finish",
        "cancel",
        "make_nonce",
        "sign_recover",
        "digest_key",
        "verify_recover",
        "copy_operation",
        "start_job",
        "take_job",
        "wrap_key",
        "unwrap_key",
        "authorize_use",
        "encapsulate",
        "decapsulate",
        "operators",
        "operator_login",
        "once",
        "token_policy_show",
        "token_mechanisms"}},
      {Place::anywhere,
       When::open,
       Who::officer,
       {"init_pin", "operator_add", "operator_change", "key_deleted", "key_undelete"}},
      {Place::door, When::open, Who::everybody, {"net_identity", "net_join", "net_sign", "net_standing"}},
      {Place::door, When::always, Who::everybody, {"net_protections"}},
  };
  return all;
}

// These two are answered before anybody is admitted (wire/connection.h, Vault::greet).
bool is_answered_elsewhere(std::string_view name) { return name == "hello" || name == "attach_ring"; }

const Rule* rule_of(std::string_view name) {
  const Rule* found = nullptr;
  for (const Rule& rule : rules()) {
    if (std::ranges::find(rule.requests, name) == rule.requests.end()) continue;
    EXPECT_EQ(found, nullptr) << name << " stands in the table twice";
    found = &rule;
  }
  return found;
}

template <typename... Request>
std::vector<const wire::Facts*> all_facts(wire::MessageList<Request...> /*list*/) {
  return {&Request::kFacts...};
}

// admission_of is what the gates say to a request before they look into it.
Code admission_of(Vault& vault, wire::Op op, const Client& client) {
  std::shared_lock<FairSharedMutex> world = Dispatch::world_of(vault);
  const wire::Incoming incoming{.op = op, .context = client.context()};
  const auto admitted = Dispatch::admit(vault, incoming, world);
  return admitted.ok() ? Code::ok : admitted.error().code;
}

enum class Entering : std::uint8_t { owner, guest, net, door };

// Everybody is a vault that each kind of caller has come into while it was open.
struct Everybody : World {
  Everybody() {
    EXPECT_TRUE(start().ok());
    EXPECT_EQ(initialize(), Code::ok);
    EXPECT_EQ(create_token(), Code::ok);
    EXPECT_TRUE(owner->call(wire::Logout{}).ok());
    EXPECT_TRUE(owner->call(wire::Grant{.uid = kStranger, .slots = {0}}).ok());
    EXPECT_TRUE(owner->call(wire::NetEnable{}).ok());
    callers[Entering::guest] = greeted(std::make_unique<Client>(*vault, kStranger));
    callers[Entering::door] =
        greeted(std::make_unique<Client>(*vault, vault->handed_over(crypto::Digest32{})));
    callers[Entering::net] = greeted(std::make_unique<Client>(*vault, vault->handed_over(joined())));
  }
  ~Everybody() { callers.clear(); }

  static std::unique_ptr<Client> greeted(std::unique_ptr<Client> client) {
    EXPECT_EQ(client->refused(), Code::ok);
    EXPECT_TRUE(client->call(wire::Hello{}).ok());
    return client;
  }

  crypto::Digest32 joined() {
    auto enrolled = owner->call(wire::NetEnrol{.name = "app", .slots = {0}});
    const auto key =
        crypto::PrivateKey::generate({.type = crypto::KeyType::ec, .curve = crypto::Curve::p256});
    const auto answer = callers[Entering::door]->call(
        wire::NetJoin{.secret = clone(enrolled.reply.secret), .public_key = key.value().public_key().spki()});
    EXPECT_TRUE(answer.ok());
    return crypto::sha256(answer.reply.certificate);
  }

  Client& caller(Entering who) { return who == Entering::owner ? *owner : *callers[who]; }

  Code admission(wire::Op op, Entering who) { return admission_of(*vault, op, caller(who)); }

  std::map<Entering, std::unique_ptr<Client>> callers;
};

bool reaches(Place place, Entering who) {
  switch (who) {
    case Entering::owner:
    case Entering::guest: return place != Place::door;
    case Entering::net: return place == Place::anywhere;
    case Entering::door: break;
  }
  return place == Place::door;
}

Code expected(const Rule& rule, Entering who, Code when_shut) {
  if (!reaches(rule.place, who)) return Code::denied;
  if (rule.when == When::open && when_shut != Code::ok) return when_shut;
  if (rule.who == Who::owner && who != Entering::owner) return Code::denied;
  return Code::ok;
}

// Every request and caller, in a state in which what needs an open vault is answered with `when_shut`.
void expect_the_table(Everybody& world, Code when_shut, std::string_view state) {
  for (const wire::Facts* facts : all_facts(wire::AllMessages())) {
    const std::string_view name = facts->name;
    if (is_answered_elsewhere(name)) continue;
    const Rule* rule = rule_of(name);
    ASSERT_NE(rule, nullptr) << name << " is missing in the table";
    for (const Entering who : {Entering::owner, Entering::guest, Entering::net, Entering::door}) {
      EXPECT_EQ(world.admission(facts->op, who), expected(*rule, who, when_shut))
          << name << ", " << state << ", caller " << static_cast<int>(who);
    }
  }
}

TEST(Admission, FollowsTheTableWhileTheVaultIsOpen) {
  Everybody world;
  expect_the_table(world, Code::ok, "unlocked");
}

TEST(Admission, FollowsTheTableWhileTheVaultIsLocked) {
  Everybody world;
  ASSERT_TRUE(world.owner->call(wire::Lock{}).ok());
  expect_the_table(world, Code::locked, "locked");
}

TEST(Admission, FollowsTheTableAfterAnAlarm) {
  Everybody world;
  ASSERT_TRUE(
      world.owner
          ->call(wire::TamperSet{.signal = wire::TamperSignal::failures, .level = wire::TamperLevel::error})
          .ok());
  for (int i = 0; i < kPinTriesMax; ++i) {
    world.wait_for_pins();
    EXPECT_NE(world.login(0, "wrong"), Code::ok);
  }
  ASSERT_EQ(world.state(), wire::VaultState::error);
  expect_the_table(world, Code::corrupt, "error");
}

TEST(Admission, BeforeThereIsAVaultOnlyItsOwnerIsAdmitted) {
  World world;
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(Client(*world.vault, kStranger).refused(), Code::denied);
  for (const wire::Facts* facts : all_facts(wire::AllMessages())) {
    const Rule* rule = is_answered_elsewhere(facts->name) ? nullptr : rule_of(facts->name);
    if (rule == nullptr) continue;
    EXPECT_EQ(admission_of(*world.vault, facts->op, *world.owner),
              expected(*rule, Entering::owner, Code::not_initialized))
        << std::string_view(facts->name);
  }
}

TEST(Admission, TheTableNamesNothingElse) {
  std::size_t named = 0;
  for (const Rule& rule : rules()) named += rule.requests.size();
  EXPECT_EQ(named + 2, wire::AllMessages::kCount);
}

template <typename Request>
void expect_refused_without_the_officer(Everybody& world) {
  for (const Entering who : {Entering::owner, Entering::guest, Entering::net}) {
    EXPECT_EQ(world.caller(who).call(Request{}).code, Code::not_logged_in)
        << std::string_view(Request::kFacts.name) << static_cast<int>(who);
  }
}

template <typename... Request>
void expect_officers_rights(wire::MessageList<Request...> /*list*/, Everybody& world) {
  const auto each = [&world]<typename One>() {
    const Rule* rule = is_answered_elsewhere(One::kFacts.name) ? nullptr : rule_of(One::kFacts.name);
    if (rule != nullptr && rule->who == Who::officer) expect_refused_without_the_officer<One>(world);
  };
  (each.template operator()<Request>(), ...);
}

TEST(Admission, WhatIsTheOfficersIsRefusedToAllOthersAndRecorded) {
  Everybody world;
  expect_officers_rights(wire::AllMessages(), world);
  ASSERT_TRUE(world.owner->call(wire::AuditHead{}).ok());
  for (const char* event :
       {"pin.initialize", "operator.add", "operator.change", "key.deleted", "key.undelete"}) {
    EXPECT_THAT(world.audit.lines(), Contains(testing::AllOf(HasSubstr(std::string("\"event\":\"") + event),
                                                             HasSubstr("not-logged-in"))));
  }
}

TEST(Admission, OnceTakesWhatMakesObjectsAndNothingElse) {
  Everybody world;
  ASSERT_EQ(world.login(), Code::ok);
  for (const wire::Facts* facts : all_facts(wire::AllMessages())) {
    const std::string_view name = facts->name;
    const bool makes = name == "create_object" || name == "copy_object" || name == "generate_key" ||
                       name == "generate_key_pair" || name == "derive_key" || name == "unwrap_key" ||
                       name == "decapsulate";
    const wire::Once once{.id = {1}, .op = static_cast<std::uint32_t>(wire::Op(facts->op)), .request = {}};
    EXPECT_EQ(world.owner->call(once).code, makes ? Code::malformed : Code::unsupported) << name;
    const wire::StartJob job{.op = once.op, .request = {}};
    const bool takes_long = name == "generate_key" || name == "generate_key_pair";
    EXPECT_EQ(world.owner->call(job).code, takes_long ? Code::malformed : Code::unsupported) << name;
  }
  // The number of a request has 16 bits; here it has 32.
  const wire::Once wrapped{.id = {1},
                           .op = 0x10000U + static_cast<std::uint32_t>(wire::kOp<wire::CreateObject>)};
  EXPECT_EQ(world.owner->call(wrapped).code, Code::unsupported);
}

}  // namespace
}  // namespace coffer::vault
