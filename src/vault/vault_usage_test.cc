// Tests of the summary of uses: however many keys were used in a second, and whatever others do, commits go
// on and the uses in the log add up to those that were answered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

constexpr std::uint32_t kAesKeyGen = 0x1080;
constexpr std::uint32_t kAesEcb = 0x1081;
constexpr std::uint8_t kBytes16[8] = {16};

void make_and_use(Client& client, std::size_t count) {
  static constexpr std::uint8_t kBlock[16] = {};
  for (std::size_t i = 0; i < count; ++i) {
    wire::GenerateKey request;
    request.mechanism = kAesKeyGen;
    request.attributes = {{attribute::kValueLen, kBytes16}, truth(attribute::kEncrypt, true)};
    const auto made = client.call(request);
    ASSERT_TRUE(made.ok());
    wire::Encrypt use;
    use.key = made.reply.object.id;
    use.parameters.mechanism = kAesEcb;
    use.data = kBlock;
    ASSERT_TRUE(client.call(use).ok());
  }
}

// number_in gives the number behind `name` in a line; `otherwise` without one.
std::uint64_t number_in(const std::string& line, std::string_view name, std::uint64_t otherwise) {
  const std::size_t at = line.find(name);
  return at == std::string::npos ? otherwise : std::stoull(line.substr(at + name.size()));
}

// Sum is what the lines of an event tell.
struct Sum {
  std::size_t lines = 0;
  std::uint64_t uses = 0;
  std::uint64_t keys = 0;  // those not told by name
};
Sum sum_of(const store::MemoryAuditLog& audit, std::string_view event) {
  Sum sum;
  for (const std::string& line : audit.lines()) {
    if (line.find(event) == std::string::npos) continue;
    ++sum.lines;
    sum.uses += number_in(line, "\"count\":", 1);
    sum.keys += number_in(line, "\"keys\":\"", 0);
  }
  return sum;
}

TEST(VaultUsage, OfManyKeysIsRecordedAndHindersNobody) {
  constexpr std::size_t kEach = 2300;
  World world;
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.initialize(), Code::ok);
  ASSERT_EQ(world.create_token(), Code::ok);
  Client second(*world.vault, kOwner);
  ASSERT_TRUE(second.call(wire::Hello{}).ok());
  ASSERT_TRUE(second.call(wire::Login{.slot = 0, .user = wire::UserType::user, .pin = secret("1234")}).ok());
  make_and_use(*world.owner, kEach);
  make_and_use(second, kEach);
  world.clock.advance(2000);
  EXPECT_TRUE(world.generate_p256().ok());
  EXPECT_EQ(world.owner->call(wire::Lock{}).code, Code::ok);
  const Sum sum = sum_of(world.audit, "\"key.encrypt\"");
  EXPECT_EQ(sum.uses, 2 * kEach);
  // The clock stands: all of it is one second.
  EXPECT_EQ(sum.lines, record::UsageSummary::kNamedMax + 1);
  EXPECT_EQ(sum.keys, 2 * kEach - record::UsageSummary::kNamedMax);
}

TEST(VaultUsage, AFloodOfRefusalsIsCountedAndHidesNothing) {
  World world;
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.initialize(), Code::ok);
  ASSERT_EQ(world.create_token(), Code::ok);
  ASSERT_EQ(world.owner->call(wire::Grant{.uid = kStranger, .admit = true, .slots = {0}}).code, Code::ok);
  const auto pair = world.generate_p256();
  Client stranger(*world.vault, kStranger);
  ASSERT_TRUE(stranger.call(wire::Hello{}).ok());
  constexpr std::uint32_t kOutdated = 0x6;  // CKM_SHA1_RSA_PKCS: refused before the key is looked for
  constexpr std::uint64_t kRefusals = 20000;
  for (std::uint64_t i = 0; i < kRefusals; ++i) {
    wire::ObjectId invented{};
    for (std::size_t octet = 0; octet < sizeof i; ++octet)
      invented[octet] = static_cast<std::uint8_t>(i >> (8U * octet));
    ASSERT_FALSE(stranger.call(World::signature_by(invented, kOutdated)).ok());
    ASSERT_EQ(stranger.call(wire::AuditHead{}).code, Code::denied);
  }
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(world.sign(pair.reply.private_key.id).ok());
  ASSERT_EQ(world.owner->call(wire::Lock{}).code, Code::ok);
  EXPECT_EQ(sum_of(world.audit, "\"key.sign\"").uses, 10U);
  const Sum refused = sum_of(world.audit, "\"key.use\"");
  EXPECT_EQ(refused.uses, kRefusals);
  EXPECT_LE(refused.lines, 4U);
  EXPECT_EQ(sum_of(world.audit, "\"audit.head\"").uses, kRefusals);
}

TEST(VaultUsage, ADerivationIsAUseOfItsBaseKey) {
  World world;
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.initialize(), Code::ok);
  ASSERT_EQ(world.create_token(), Code::ok);
  wire::GenerateKey request;
  request.mechanism = 0x350;  // CKM_GENERIC_SECRET_KEY_GEN
  request.attributes = {{attribute::kValueLen, kBytes16}, truth(attribute::kDerive, true)};
  const auto base = world.owner->call(request);
  ASSERT_TRUE(base.ok());
  static constexpr std::uint8_t kBytes32[8] = {32};
  static constexpr std::uint8_t kGeneric[8] = {0x10};
  wire::DeriveKey derive;
  derive.base = base.reply.object.id;
  derive.parameters.mechanism = 0x393;  // CKM_SHA256_KEY_DERIVATION
  derive.attributes = {{attribute::kKeyType, kGeneric}, {attribute::kValueLen, kBytes32}};
  ASSERT_EQ(world.owner->call(derive).code, Code::ok);
  ASSERT_EQ(world.owner->call(wire::Lock{}).code, Code::ok);
  std::string derived;
  for (const std::string& line : world.audit.lines()) {
    if (line.find("\"key.derive\"") != std::string::npos) derived += line;
  }
  EXPECT_NE(derived.find("\"object\":\"" + to_hex(base.reply.object.id) + "\""), std::string::npos)
      << derived;
}

TEST(UsageSummary, EveryUseOfAnybodyIsInOneOfItsLines) {
  record::UsageSummary summary;
  std::uint64_t added = 0;
  const auto use = [&](std::uint32_t uid, std::uint32_t object) {
    record::UsageSummary::Key key{.event = "key.sign", .mechanism = "CKM_ECDSA", .who = user(uid)};
    for (std::size_t octet = 0; octet < sizeof object; ++octet)
      key.object[octet] = static_cast<std::uint8_t>(object >> (8U * octet));
    const bool is_added = summary.add(key);
    added += is_added ? 1 : 0;
    return is_added;
  };
  for (std::uint32_t i = 1; i <= 30000; ++i) ASSERT_TRUE(use(1, i));
  for (std::uint32_t uid = 2; uid < 12; ++uid) {
    for (std::uint32_t i = 1; i <= 1100; ++i) ASSERT_TRUE(use(uid, i)) << uid;
  }
  std::uint64_t written = 0;
  std::size_t lines = 0;
  do {
    for (const record::AuditEvent& event : summary.oldest(512)) {
      written += event.count;
      ++lines;
    }
    summary.written(std::min<std::size_t>(512, lines - (lines - 1) / 512 * 512));
  } while (summary.has_rest());
  EXPECT_EQ(written, added);
  EXPECT_LE(lines, record::UsageSummary::kNamedOfAllMax + record::UsageSummary::kUnnamedOfAllMax);
  EXPECT_TRUE(summary.empty());
  // What was written made room.
  for (std::uint32_t i = 1; i <= record::UsageSummary::kNamedMax; ++i) ASSERT_TRUE(use(1, i));
  EXPECT_EQ(summary.oldest(5000).size(), record::UsageSummary::kNamedMax);
}

TEST(UsageSummary, TellsPrincipalsApart) {
  record::UsageSummary summary;
  const wire::Principal alice{.kind = wire::PrincipalKind::token_operator, .id = {7}, .name = "alice"};
  const record::Who client(wire::numbered(wire::PrincipalKind::client, 1000));
  const auto use = [&](const record::Who& who, const record::Who& as) {
    ASSERT_TRUE(summary.add({.event = "key.sign", .mechanism = "CKM_ECDSA", .who = who, .as = as}));
  };
  use(user(1000), {});
  use(user(1000), {});
  use(user(1001), {});
  use(client, {});
  use(user(1000), record::Who(alice));
  std::vector<std::pair<std::string, std::uint64_t>> told;
  for (const record::AuditEvent& event : summary.oldest(10)) {
    ASSERT_TRUE(event.who);
    std::string word = std::string(wire::kind_word(event.who->kind)) + ' ' + event.who->name;
    if (event.as) word += " as " + event.as->name;
    told.emplace_back(std::move(word), event.count);
  }
  EXPECT_THAT(told,
              testing::UnorderedElementsAre(std::pair("user 1000", 2), std::pair("user 1001", 1),
                                            std::pair("client 1000", 1), std::pair("user 1000 as alice", 1)));
}

TEST(UsageSummary, RefusalsOfManyTakeNothingFromUses) {
  record::UsageSummary summary;
  constexpr std::uint32_t kUsers = 70000;
  for (std::uint32_t uid = 0; uid < kUsers; ++uid)
    summary.keep(record::UsageSummary::Key{
        .event = "connection.refused", .mechanism = {}, .who = user(uid), .result = Code::denied});
  EXPECT_TRUE(summary.add({.event = "key.sign", .mechanism = "CKM_ECDSA", .who = user(1)}));
  summary.refuse(true);
  EXPECT_FALSE(summary.add({.event = "key.sign", .mechanism = "CKM_ECDSA", .who = user(1)}));
  summary.keep(record::UsageSummary::Key{
      .event = "connection.refused", .mechanism = {}, .who = user(5), .result = Code::denied});
  std::uint64_t refused = 0;
  const auto events = summary.oldest(10000);
  for (const record::AuditEvent& event : events)
    refused += event.event == "connection.refused" ? event.count : 0;
  EXPECT_EQ(refused, kUsers + 1);
  EXPECT_LE(events.size(), record::UsageSummary::kUnnamedOfAllMax);
}

}  // namespace
}  // namespace coffer::vault
