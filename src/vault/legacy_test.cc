// Outdated mechanisms: a token refuses them until its officer permits them, and the permission ends with the
// token.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

constexpr std::uint32_t kSha1RsaPkcs = 0x6;
constexpr std::uint32_t kDes3Generate = 0x131;
constexpr std::uint32_t kDes3Cbc = 0x133;
constexpr std::uint32_t kMd5 = 0x210;
constexpr std::uint32_t kEcdsaSha1 = 0x1042;

class Legacy : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
  }

  Code turn(bool on, std::uint32_t slot = 0) {
    static_cast<void>(world.owner->call(wire::Logout{slot}).ok());
    wire::Login officer{.slot = slot, .user = wire::UserType::security_officer, .pin = secret("12345678")};
    if (const Code code = world.owner->call(officer).code; code != Code::ok) return code;
    const Code code = world.owner->call(wire::TokenLegacy{slot, true, on}).code;
    static_cast<void>(world.owner->call(wire::Logout{slot}).ok());
    static_cast<void>(world.login(slot));
    return code;
  }
  bool is_on(std::uint32_t slot = 0) { return world.owner->call(wire::TokenLegacy{slot}).reply.is_on; }
  // What a token can do with a mechanism.
  std::uint32_t uses(std::uint32_t mechanism, std::uint32_t slot = 0) {
    const auto table = world.owner->call(wire::TokenMechanisms{slot}).reply.mechanisms;
    const auto found = std::ranges::find(table, mechanism, &wire::MechanismInfo::number);
    return found == table.end() ? 0 : found->uses;
  }
  Code digest(std::uint32_t mechanism, std::uint32_t slot = 0) {
    const auto begun = world.owner->call(wire::Begin{
        .kind = wire::OperationKind::digest, .slot = slot, .parameters = {.mechanism = mechanism}});
    return begun.code;
  }
  Answer<wire::GenerateKey> generate_des3(std::uint32_t slot = 0) {
    return world.owner->call(wire::GenerateKey{.slot = slot, .mechanism = kDes3Generate});
  }

  World world;
};

TEST_F(Legacy, IsOffInANewToken) {
  EXPECT_FALSE(is_on());
  EXPECT_EQ(uses(kMd5), 0U);
  EXPECT_EQ(uses(kDes3Cbc), 0U);
  EXPECT_EQ(uses(kSha1RsaPkcs), crypto::use::kVerify);
  EXPECT_EQ(digest(kMd5), Code::mechanism_invalid);
  EXPECT_EQ(generate_des3().code, Code::mechanism_invalid);
  const auto pair = world.generate_p256();
  EXPECT_EQ(world.sign(pair.reply.private_key.id, kEcdsaSha1).code, Code::mechanism_invalid);
}

TEST_F(Legacy, IsForTheOfficerToChange) {
  EXPECT_EQ(world.owner->call(wire::TokenLegacy{0, true, true}).code, Code::not_logged_in);
  EXPECT_FALSE(is_on());
  EXPECT_EQ(turn(true), Code::ok);
  EXPECT_TRUE(is_on());
  EXPECT_EQ(turn(true), Code::ok);
  EXPECT_EQ(turn(false), Code::ok);
  EXPECT_FALSE(is_on());
}

TEST_F(Legacy, PermitsAndIsTakenBack) {
  const auto pair = world.generate_p256();
  ASSERT_EQ(turn(true), Code::ok);
  EXPECT_EQ(uses(kMd5), crypto::use::kDigest);
  EXPECT_EQ(uses(kSha1RsaPkcs), crypto::use::kSign | crypto::use::kVerify);
  EXPECT_EQ(digest(kMd5), Code::ok);
  EXPECT_EQ(world.sign(pair.reply.private_key.id, kEcdsaSha1).code, Code::ok);
  const auto key = generate_des3();
  ASSERT_TRUE(key.ok());
  const Buffer block(8, 1);
  wire::Encrypt encrypt{
      .key = key.reply.object.id, .parameters = {.mechanism = kDes3Cbc, .iv = block}, .data = block};
  EXPECT_EQ(world.owner->call(encrypt).code, Code::ok);
  ASSERT_EQ(turn(false), Code::ok);
  EXPECT_EQ(world.owner->call(encrypt).code, Code::mechanism_invalid);
  EXPECT_EQ(digest(kMd5), Code::mechanism_invalid);
  EXPECT_EQ(world.sign(pair.reply.private_key.id, kEcdsaSha1).code, Code::mechanism_invalid);
}

TEST_F(Legacy, SurvivesARestartAndHoldsForOneToken) {
  ASSERT_EQ(turn(true), Code::ok);
  ASSERT_EQ(world.create_token(1), Code::ok);
  ASSERT_TRUE(world.start().ok());
  EXPECT_TRUE(is_on());
  EXPECT_FALSE(is_on(1));
  EXPECT_EQ(digest(kMd5, 0), Code::ok);
  EXPECT_EQ(digest(kMd5, 1), Code::mechanism_invalid);
}

TEST_F(Legacy, EndsWithTheToken) {
  ASSERT_EQ(turn(true), Code::ok);
  static_cast<void>(world.owner->call(wire::Logout{0}).ok());
  ASSERT_EQ(world.create_token(), Code::ok);
  EXPECT_FALSE(is_on());
  ASSERT_EQ(turn(true), Code::ok);
  ASSERT_EQ(world.owner->call(wire::DestroyToken{0}).code, Code::ok);
  ASSERT_EQ(world.create_token(), Code::ok);
  EXPECT_FALSE(is_on());
  ASSERT_TRUE(world.start().ok());
  EXPECT_FALSE(is_on());
}

TEST_F(Legacy, MechanismObjectsAreThoseOfTheToken) {
  const auto count = [&] {
    static constexpr std::array<std::uint8_t, 8> kMechanismClass{object_class::kMechanism};
    static constexpr std::array<std::uint8_t, 8> kNumber{0x10, 0x02};  // MD5
    wire::Find find;
    find.attributes = {{attribute::kClass, kMechanismClass}, {attribute::kMechanismType, kNumber}};
    find.count_max = 10;
    return world.owner->call(find).reply.objects.size();
  };
  EXPECT_EQ(count(), 0U);
  ASSERT_EQ(turn(true), Code::ok);
  EXPECT_EQ(count(), 1U);
}

TEST_F(Legacy, ADigestThatNamesNoTokenIsRefused) {
  ASSERT_EQ(turn(true), Code::ok);
  EXPECT_EQ(world.owner->call(wire::DigestRequest{kMd5, {}}).code, Code::mechanism_invalid);
}

}  // namespace
}  // namespace coffer::vault
