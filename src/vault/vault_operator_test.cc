// Tests of operators: their logins, what their roles refuse, and what ends them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class OperatorTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
    key = world.generate_p256().reply.private_key.id;
    officer = connect();
    wire::Login login{.slot = 0, .user = wire::UserType::security_officer, .pin = secret("12345678")};
    ASSERT_EQ(officer->call(login).code, Code::ok);
  }
  void TearDown() override {
    person.reset();
    officer.reset();
    world.stop();
  }

  std::unique_ptr<Client> connect(std::uint32_t uid = kOwner) {
    auto client = std::make_unique<Client>(*world.vault, uid);
    EXPECT_EQ(client->call(wire::Hello{}).code, Code::ok);
    return client;
  }
  Code add(const std::string& name, wire::OperatorRole role = wire::OperatorRole::user) {
    return officer->call(wire::OperatorAdd{.name = name, .role = role, .pin = secret("4711")}).code;
  }
  Code change(wire::OperatorAction action, std::string_view pin = {}) {
    return officer->call(wire::OperatorChange{.name = "alice", .action = action, .pin = secret(pin)}).code;
  }
  // log_in makes a new application and logs in there.
  Answer<wire::OperatorLogin> log_in(const std::string& name = "alice", std::string_view pin = "4711") {
    person.reset();
    person = connect();
    return log_in_again(name, pin);
  }
  Answer<wire::OperatorLogin> log_in_again(const std::string& name = "alice", std::string_view pin = "4711") {
    return person->call(wire::OperatorLogin{.name = name, .pin = secret(pin)});
  }
  Code sign() {
    static constexpr std::uint8_t kDigest[32] = {1, 2, 3};
    wire::Sign request;
    request.key = key;
    request.parameters.mechanism = 0x1041;
    request.data = kDigest;
    return person->call(request).code;
  }
  // restart ends the chip as a kill does and starts another one.
  void restart() {
    person.reset();
    officer.reset();
    ASSERT_TRUE(world.start().ok());
  }
  static wire::Principal principal_of(const wire::OperatorInfo& person) {
    return {.kind = wire::PrincipalKind::token_operator, .id = person.id, .name = person.name};
  }
  std::string log() {
    std::string all;
    for (const std::string& line : world.audit.lines()) all += line + '\n';
    return all;
  }

  World world;
  wire::ObjectId key{};
  std::unique_ptr<Client> officer;
  std::unique_ptr<Client> person;
};

TEST_F(OperatorTest, OnlyTheOfficerMakesThem) {
  EXPECT_EQ(world.owner->call(wire::OperatorAdd{.name = "alice", .pin = secret("4711")}).code,
            Code::not_logged_in);
  EXPECT_EQ(add("alice"), Code::ok);
  EXPECT_EQ(add("alice"), Code::exists);
  EXPECT_EQ(officer->call(wire::OperatorAdd{.name = "bob", .pin = secret("1")}).code, Code::pin_length);
}

TEST_F(OperatorTest, NamesArePrintableUtf8) {
  EXPECT_EQ(add(""), Code::invalid);
  EXPECT_EQ(add("a\nb"), Code::invalid);
  EXPECT_EQ(add(" alice"), Code::invalid);
  EXPECT_EQ(add("\xff"), Code::invalid);
  EXPECT_EQ(add("J\xc3\xbcrgen"), Code::ok);
}

TEST_F(OperatorTest, AUserByNameUsesKeysAndTheLogNamesThem) {
  ASSERT_EQ(add("alice"), Code::ok);
  ASSERT_EQ(log_in().code, Code::ok);
  EXPECT_EQ(sign(), Code::ok);
  restart();
  EXPECT_THAT(log(), testing::ContainsRegex("\"event\":\"login\",[^\n]*\"operator\":\\{\"kind\":\"operator\","
                                            "\"id\":\"[0-9a-f]+\",\"name\":\"alice\"\\}"));
  EXPECT_THAT(log(), testing::ContainsRegex("\"event\":\"key.sign\",[^\n]*\"operator\":\\{\"kind\":"
                                            "\"operator\",\"id\":\"[0-9a-f]+\",\"name\":\"alice\"\\}"));
}

TEST_F(OperatorTest, AnAuditorUsesNoKeyAndMakesNone) {
  ASSERT_EQ(add("alice", wire::OperatorRole::auditor), Code::ok);
  ASSERT_EQ(log_in().code, Code::ok);
  EXPECT_EQ(sign(), Code::denied);
  static constexpr std::uint8_t kP256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
  wire::GenerateKeyPair generate;
  generate.mechanism = 0x1040;
  generate.public_attributes = {{attribute::kEcParams, kP256}};
  generate.private_attributes = {truth(attribute::kPrivate, false)};
  EXPECT_EQ(person->call(generate).code, Code::denied);
  EXPECT_EQ(person->call(wire::DestroyObject{.slot = 0, .id = key}).code, Code::not_logged_in);
  wire::KeyPolicySet set{.slot = 0, .key = key, .policy = {}};
  EXPECT_EQ(person->call(set).code, Code::denied);
  restart();
  for (const std::string event : {"key.use", "key.generate", "key.policy"}) {
    EXPECT_THAT(log(), testing::ContainsRegex("\"event\":\"" + event + "\",[^\n]*\"denied\"")) << event;
  }
}

TEST_F(OperatorTest, AnAuditorSeesWhatIsPublicOnly) {
  ASSERT_EQ(add("alice", wire::OperatorRole::auditor), Code::ok);
  ASSERT_EQ(log_in().code, Code::ok);
  wire::Find everything{.count_max = 10, .after = {}};
  const auto found = person->call(everything);
  ASSERT_EQ(found.reply.objects.size(), 1U);
  EXPECT_EQ(found.reply.objects[0].object_class, object_class::kPublicKey);
}

TEST_F(OperatorTest, ABackupOperatorMakesBackupsOfWhatIsKeptAndNothingElse) {
  ASSERT_EQ(add("alice", wire::OperatorRole::backup), Code::ok);
  world.owner->call(wire::Grant{.uid = kStranger, .admit = true, .slots = {0}});
  person = connect(kStranger);
  const wire::BackupBegin begin{.terms = {.choice = wire::BackupChoice::kept}};
  wire::BackupKeep keep;
  keep.terms.choice = wire::BackupChoice::passphrase;
  keep.terms.passphrase = secret("a passphrase of the backups");
  keep.terms.stretch_milliseconds = 1;
  ASSERT_EQ(world.owner->call(keep).code, Code::ok);
  EXPECT_EQ(person->call(begin).code, Code::denied);
  ASSERT_EQ(log_in_again().code, Code::ok);
  EXPECT_EQ(person->call(begin).code, Code::ok);
  wire::BackupBegin own;
  own.terms.choice = wire::BackupChoice::passphrase;
  own.terms.passphrase = secret("a passphrase of my own");
  EXPECT_EQ(person->call(own).code, Code::denied);
  EXPECT_EQ(sign(), Code::denied);
}

TEST_F(OperatorTest, TenWrongPinsLockOnlyThemAndARestartDoesNotHelp) {
  ASSERT_EQ(add("alice"), Code::ok);
  for (int i = 1; i < 10; ++i) {
    ASSERT_EQ(log_in("alice", "0000").code, Code::pin_incorrect) << i;
    if (i == 5) restart();
    world.wait_for_pins();
  }
  EXPECT_EQ(log_in("alice", "0000").code, Code::pin_locked);
  restart();
  EXPECT_EQ(log_in().code, Code::pin_locked);
  EXPECT_EQ(world.login(), Code::ok);
}

TEST_F(OperatorTest, CountsAWrongPinDurablyBeforeItIsChecked) {
  ASSERT_EQ(add("alice"), Code::ok);
  const auto before = world.owner->call(wire::StatusRequest{}).reply.commits;
  ASSERT_EQ(log_in("alice", "0000").code, Code::pin_incorrect);
  EXPECT_EQ(world.owner->call(wire::StatusRequest{}).reply.commits, before + 1);
  EXPECT_EQ(officer->call(wire::Operators{}).reply.operators[0].tries_left, kPinTriesMax - 1);
}

TEST_F(OperatorTest, TheOfficerUnlocksAndMayGiveANewPin) {
  ASSERT_EQ(add("alice"), Code::ok);
  for (int i = 0; i < 10; ++i) {
    log_in("alice", "0000");
    world.wait_for_pins();
  }
  ASSERT_EQ(log_in().code, Code::pin_locked);
  ASSERT_EQ(change(wire::OperatorAction::unlock), Code::ok);
  ASSERT_EQ(log_in().code, Code::ok);
  ASSERT_EQ(change(wire::OperatorAction::unlock, "8888"), Code::ok);
  EXPECT_EQ(sign(), Code::not_logged_in) << "a new PIN ends the logins";
  EXPECT_EQ(log_in().code, Code::pin_incorrect);
  EXPECT_EQ(log_in("alice", "8888").code, Code::ok);
}

TEST_F(OperatorTest, ANameThatNobodyHasIsAnsweredAsAWrongPin) {
  ASSERT_EQ(add("alice"), Code::ok);
  for (int i = 1; i <= 12; ++i) {
    const auto commits = [this] { return world.owner->call(wire::StatusRequest{}).reply.commits; };
    ASSERT_EQ(world.owner->call(wire::AuditHead{}).code, Code::ok);  // binds, so that nothing else commits
    if (i % 2 == 0) world.wait_for_pins();                           // every other try may come too early
    const auto start = commits();
    const auto known = log_in("alice", "0000");
    const auto middle = commits();
    const auto unknown = log_in("nobody", "0000");
    ASSERT_EQ(unknown.code, known.code) << i;
    ASSERT_EQ(unknown.octets, known.octets) << "the texts are the same";
    ASSERT_EQ(commits() - middle, middle - start) << "both are counted on the disk, or neither";
  }
  restart();
  EXPECT_THAT(log(), Not(HasSubstr("nobody"))) << "what was typed may be a PIN";
}

TEST_F(OperatorTest, NobodyElseLogsInMeanwhile) {
  ASSERT_EQ(add("alice"), Code::ok);
  ASSERT_EQ(add("bob"), Code::ok);
  ASSERT_EQ(log_in().code, Code::ok);
  EXPECT_EQ(log_in_again("bob").code, Code::other_user_logged_in);
  EXPECT_EQ(log_in_again("nobody").code, Code::other_user_logged_in);
  wire::Login user{.slot = 0, .user = wire::UserType::user, .pin = secret("1234")};
  EXPECT_EQ(person->call(user).code, Code::other_user_logged_in);
  EXPECT_EQ(log_in_again().code, Code::ok) << "the same again gives a fresh ticket";
}

TEST_F(OperatorTest, ATicketOutlivesTheChipButNotTheOperatorOrThePin) {
  ASSERT_EQ(add("alice"), Code::ok);
  wire::Resume resume = vault::resume(log_in().reply);
  restart();
  person = connect();
  ASSERT_EQ(person->call(resume).code, Code::ok);
  EXPECT_EQ(sign(), Code::ok);
  officer = connect();
  wire::Login login{.slot = 0, .user = wire::UserType::security_officer, .pin = secret("12345678")};
  ASSERT_EQ(officer->call(login).code, Code::ok);
  ASSERT_EQ(change(wire::OperatorAction::unlock, "8888"), Code::ok);
  EXPECT_EQ(person->call(resume).code, Code::denied);
  resume.ticket = log_in("alice", "8888").reply.ticket;
  ASSERT_EQ(change(wire::OperatorAction::remove), Code::ok);
  EXPECT_EQ(person->call(resume).code, Code::denied);
  EXPECT_EQ(sign(), Code::not_logged_in);
  ASSERT_EQ(add("alice"), Code::ok);
  EXPECT_EQ(person->call(resume).code, Code::denied) << "the next of that name is somebody else";
}

TEST_F(OperatorTest, TheyChangeTheirOwnPin) {
  ASSERT_EQ(add("alice"), Code::ok);
  ASSERT_EQ(log_in().code, Code::ok);
  wire::SetPin change_pin{.slot = 0, .old_pin = secret("4711"), .new_pin = secret("8888")};
  ASSERT_EQ(person->call(change_pin).code, Code::ok);
  EXPECT_EQ(sign(), Code::ok);
  EXPECT_EQ(log_in().code, Code::pin_incorrect);
  EXPECT_EQ(log_in("alice", "8888").code, Code::ok);
  EXPECT_EQ(world.login(), Code::ok) << "the user's PIN is what it was";
}

TEST_F(OperatorTest, APolicyListsThem) {
  ASSERT_EQ(add("alice"), Code::ok);
  ASSERT_EQ(add("bob"), Code::ok);
  const auto listed = officer->call(wire::Operators{}).reply.operators;
  ASSERT_EQ(listed.size(), 2U);
  wire::KeyPolicySet set{.slot = 0, .key = key};
  set.policy.principals = {principal_of(listed[0])};
  set.policy.principals[0].name = "bob";
  ASSERT_EQ(officer->call(set).code, Code::ok);
  ASSERT_EQ(log_in("alice").code, Code::ok);
  EXPECT_EQ(sign(), Code::ok);
  ASSERT_EQ(log_in("bob").code, Code::ok);
  EXPECT_EQ(sign(), Code::denied);
  EXPECT_EQ(world.sign(key).code, Code::denied);
  const auto shown = world.owner->call(wire::KeyPolicyShow{.slot = 0, .key = key}).reply.policy.principals;
  EXPECT_EQ(shown.at(0).name, "alice") << "the chip knows what they are called";
}

TEST_F(OperatorTest, APolicyListsNobodyElseWhoComesByTheSameName) {
  ASSERT_EQ(add("alice"), Code::ok);
  const wire::OperatorInfo first = officer->call(wire::Operators{}).reply.operators.at(0);
  wire::KeyPolicySet set{.slot = 0, .key = key};
  set.policy.principals = {principal_of(first)};
  ASSERT_EQ(officer->call(set).code, Code::ok);
  ASSERT_EQ(log_in().code, Code::ok);
  EXPECT_EQ(sign(), Code::ok);
  ASSERT_EQ(change(wire::OperatorAction::remove), Code::ok);
  ASSERT_EQ(add("alice"), Code::ok);
  const wire::OperatorInfo second = officer->call(wire::Operators{}).reply.operators.at(0);
  EXPECT_NE(first.id, second.id);
  ASSERT_EQ(log_in().code, Code::ok);
  EXPECT_EQ(sign(), Code::denied);
  restart();
  ASSERT_EQ(log_in().code, Code::ok);
  EXPECT_EQ(sign(), Code::denied) << "nor when it is read anew";
}

TEST_F(OperatorTest, APolicyWithAnOperatorNumberOfZeroListsNobody) {
  ASSERT_EQ(add("alice"), Code::ok);
  wire::KeyPolicySet set{.slot = 0, .key = key};
  set.policy.principals = {wire::numbered(wire::PrincipalKind::token_operator, 0)};
  ASSERT_EQ(officer->call(set).code, Code::ok);
  restart();
  ASSERT_EQ(log_in().code, Code::ok);
  EXPECT_EQ(sign(), Code::denied) << "those of this format have no number";
}

TEST_F(OperatorTest, OnlyThoseWhoAreLoggedInOrTheOwnerSeeTheirNames) {
  ASSERT_EQ(add("alice"), Code::ok);
  world.owner->call(wire::Grant{.uid = kStranger, .admit = true, .slots = {0}});
  person = connect(kStranger);
  EXPECT_EQ(person->call(wire::Operators{}).code, Code::denied);
  ASSERT_EQ(log_in_again().code, Code::ok);
  EXPECT_EQ(person->call(wire::Operators{}).code, Code::ok);
}

TEST_F(OperatorTest, TheyGoWithTheirToken) {
  ASSERT_EQ(add("alice"), Code::ok);
  wire::InitToken again{.slot = 0, .officer_pin = secret("12345678"), .label = "new"};
  ASSERT_EQ(world.owner->call(again).code, Code::ok);
  EXPECT_THAT(world.owner->call(wire::Operators{}).reply.operators, IsEmpty());
  restart();
  EXPECT_THAT(world.owner->call(wire::Operators{}).reply.operators, IsEmpty());
}

// A new PIN for the user ends the user's logins, and whoever logs in there next is somebody else.
TEST_F(OperatorTest, FindNoPrivateSessionKeysOfALoginThatWasEnded) {
  ASSERT_EQ(add("alice"), Code::ok);
  const auto pair = world.generate_p256(false);
  ASSERT_EQ(pair.code, Code::ok);
  ASSERT_EQ(officer->call(wire::InitPin{.pin = secret("98765")}).code, Code::ok);
  ASSERT_EQ(world.owner->call(wire::OperatorLogin{.name = "alice", .pin = secret("4711")}).code, Code::ok);
  EXPECT_EQ(world.sign(pair.reply.private_key.id).code, Code::not_found);
}

TEST_F(OperatorTest, FindNoPrivateSessionKeysAfterTheLogoutOfALoginThatWasEnded) {
  ASSERT_EQ(add("alice"), Code::ok);
  const auto pair = world.generate_p256(false);
  ASSERT_EQ(officer->call(wire::InitPin{.pin = secret("98765")}).code, Code::ok);
  EXPECT_EQ(world.owner->call(wire::Logout{}).code, Code::not_logged_in);
  EXPECT_EQ(world.owner->call(wire::DestroyObject{.id = pair.reply.private_key.id}).code, Code::not_found);
}

TEST_F(OperatorTest, KeepTheirPrivateSessionKeysWhenTheyChangeTheirOwnPin) {
  const auto pair = world.generate_p256(false);
  wire::SetPin change{.old_pin = secret("1234"), .new_pin = secret("98765")};
  ASSERT_EQ(world.owner->call(change).code, Code::ok);
  EXPECT_EQ(world.sign(pair.reply.private_key.id).code, Code::ok);
}

}  // namespace
}  // namespace coffer::vault
