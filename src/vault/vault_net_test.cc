// Vault: callers from the network - enrolment, what they may ask, what they may see, revocation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "ca/net_certificate.h"
#include "vault/vault_fixture.h"
#include "wire/net_messages.h"

namespace coffer::vault {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr std::string_view kContext{"TLS 1.3, server CertificateVerify\0", 34};

Buffer handshake(std::size_t hash_bytes) {
  Buffer content(64, ' ');
  append(content, as_bytes(kContext));
  content.resize(content.size() + hash_bytes, 0xab);
  return content;
}

// NetWorld is a vault with two tokens, the network form on, and the net door's own connection.
struct NetWorld : World {
  // `wall` is what the clock says when the network form is set up.
  explicit NetWorld(std::optional<Timestamp> wall = std::nullopt) {
    if (wall) clock.set_wall(*wall);
    EXPECT_TRUE(start().ok());
    EXPECT_EQ(initialize(), Code::ok);
    EXPECT_EQ(create_token(0), Code::ok);
    EXPECT_EQ(create_token(1), Code::ok);
    EXPECT_TRUE(owner->call(wire::NetEnable{}).ok());
    door = through_door({});
  }
  ~NetWorld() { door.reset(); }

  std::unique_ptr<Client> through_door(const crypto::Digest32& certificate) {
    auto client = std::make_unique<Client>(*vault, vault->handed_over(certificate));
    if (client->refused() == Code::ok) {
      EXPECT_TRUE(client->call(wire::Hello{}).ok());
    }
    return client;
  }

  Answer<wire::NetEnrol> enrol(std::string name, std::vector<std::uint32_t> slots) {
    wire::NetEnrol request;
    request.name = std::move(name);
    request.slots = std::move(slots);
    return owner->call(request);
  }

  Answer<wire::NetJoin> join(const wire::JoinSecret& one_time_secret) {
    const auto key =
        crypto::PrivateKey::generate({.type = crypto::KeyType::ec, .curve = crypto::Curve::p256});
    wire::NetJoin request;
    request.secret = clone(one_time_secret);
    request.public_key = key.value().public_key().spki();
    return door->call(request);
  }

  // joined gives the digest of a new client's certificate.
  crypto::Digest32 joined(std::string name, std::vector<std::uint32_t> slots) {
    const auto enrolled = enrol(std::move(name), std::move(slots));
    const auto answer = join(enrolled.reply.secret);
    EXPECT_TRUE(answer.ok());
    return crypto::sha256(answer.reply.certificate);
  }

  // signing_client gives the client "app", logged in where it may sign with `signer`.
  std::unique_ptr<Client> signing_client() {
    signer = generate_p256(true, 0).reply.private_key.id;
    auto client = through_door(joined("app", {0}));
    EXPECT_TRUE(client->call(wire::Login{.slot = 0, .pin = secret("1234")}).ok());
    return client;
  }

  std::vector<Code> two_signatures(const Client& client) {
    Batch batch;
    batch.add(client, signature_by(signer));
    batch.add(client, signature_by(signer));
    return batch.handle(*vault);
  }

  std::unique_ptr<Client> door;
  wire::ObjectId signer{};
};

TEST(VaultNet, ClientSeesItsTokensOnly) {
  NetWorld world;
  const auto client = world.through_door(world.joined("app", {1}));
  const auto slots = client->call(wire::Slots{});
  ASSERT_TRUE(slots.ok());
  ASSERT_EQ(slots.reply.slots.size(), 1U);
  EXPECT_EQ(slots.reply.slots[0].slot, 1U);
  wire::Login login{.slot = 0, .pin = secret("1234")};
  EXPECT_EQ(client->call(login).code, Code::slot_invalid);
  login.slot = 1;
  EXPECT_EQ(client->call(login).code, Code::ok);
}

TEST(VaultNet, ClientMayNotSignWithAnotherTokensKeyAlsoInABatch) {
  NetWorld world;
  const auto pair = world.generate_p256(true, 0);
  ASSERT_TRUE(pair.ok());
  const auto client = world.through_door(world.joined("app", {1}));
  const wire::Sign request = World::signature_by(pair.reply.private_key.id);
  Batch batch;
  batch.add(*client, request);
  batch.add(*client, request);
  EXPECT_THAT(batch.handle(*world.vault), Each(Code::slot_invalid));
  EXPECT_EQ(client->call(request).code, Code::slot_invalid);
}

TEST(VaultNet, ClientMayNotAdministerTheVault) {
  NetWorld world;
  const auto client = world.through_door(world.joined("app", {1}));
  EXPECT_EQ(client->call(wire::Lock{}).code, Code::denied);
  EXPECT_EQ(client->call(wire::StatusRequest{}).code, Code::denied);
  EXPECT_EQ(client->call(wire::NetList{}).code, Code::denied);
  EXPECT_EQ(client->call(wire::DestroyToken{.slot = 1}).code, Code::denied);
  EXPECT_EQ(client->call(wire::NetSign{handshake(32)}).code, Code::denied);
}

TEST(VaultNet, NobodyHereMayPlayTheDoor) {
  NetWorld world;
  EXPECT_EQ(world.owner->call(wire::NetIdentity{}).code, Code::denied);
  EXPECT_EQ(world.owner->call(wire::NetSign{handshake(32)}).code, Code::denied);
  EXPECT_EQ(world.owner->call(wire::NetJoin{}).code, Code::denied);
}

TEST(VaultNet, StatusTellsTheDoorsProtectionsWhileItIsThere) {
  NetWorld world;
  const auto tells = [&world] {
    const auto status = world.owner->call(wire::StatusRequest{});
    const auto& all = status.reply.assurance.protections;
    return std::ranges::any_of(all, [](const auto& each) { return each.name == "net door: filter"; });
  };
  EXPECT_FALSE(tells());
  const wire::NetProtections mine{{{{"net door: filter", host::State::on, "all of it"}}}};
  EXPECT_EQ(world.owner->call(mine).code, Code::denied);
  EXPECT_TRUE(world.door->call(mine).ok());
  EXPECT_TRUE(tells());
  world.door.reset();
  EXPECT_FALSE(tells());
}

TEST(VaultNet, ADoorWithTooManyProtectionsIsRefused) {
  NetWorld world;
  wire::NetProtections many;
  many.assurance.protections.resize(17);
  EXPECT_EQ(world.door->call(many).code, Code::limit);
}

TEST(VaultNet, DoorMayOnlyBeADoor) {
  NetWorld world;
  EXPECT_EQ(world.door->call(wire::Slots{}).code, Code::denied);
  EXPECT_EQ(world.door->call(wire::NetEnrol{}).code, Code::denied);
  EXPECT_EQ(world.door->call(wire::Lock{}).code, Code::denied);
}

TEST(VaultNet, DoorsKeySignsHandshakesOnly) {
  NetWorld world;
  EXPECT_TRUE(world.door->call(wire::NetSign{handshake(32)}).ok());
  EXPECT_TRUE(world.door->call(wire::NetSign{handshake(48)}).ok());
  EXPECT_EQ(world.door->call(wire::NetSign{handshake(31)}).code, Code::denied);
  Buffer other = handshake(32);
  other[0] = 'x';
  EXPECT_EQ(world.door->call(wire::NetSign{other}).code, Code::denied);
  EXPECT_EQ(world.door->call(wire::NetSign{Buffer(32)}).code, Code::denied);
}

TEST(VaultNet, JoinTokenWorksOnce) {
  NetWorld world;
  const auto enrolled = world.enrol("app", {0});
  EXPECT_TRUE(world.join(enrolled.reply.secret).ok());
  EXPECT_EQ(world.join(enrolled.reply.secret).code, Code::denied);
}

TEST(VaultNet, JoinTokenExpires) {
  NetWorld world;
  const auto enrolled = world.enrol("app", {0});
  world.clock.advance(600'000);
  EXPECT_EQ(world.join(enrolled.reply.secret).code, Code::denied);
}

constexpr Timestamp kYear = Timestamp{365} * 86400;

TEST(VaultNet, JoinTokenExpiresAlsoWhenTheClockIsSetBack) {
  NetWorld world;
  const auto enrolled = world.enrol("app", {0});
  world.clock.set_wall(world.clock.now() - 10 * kYear);
  world.clock.advance(600'000);
  EXPECT_EQ(world.join(enrolled.reply.secret).code, Code::denied);
}

TEST(VaultNet, JoinTokenWorksAlsoWhenTheClockIsSetForward) {
  NetWorld world;
  const auto enrolled = world.enrol("app", {0});
  world.clock.set_wall(world.clock.now() + 10 * kYear);
  EXPECT_TRUE(world.join(enrolled.reply.secret).ok());
}

TEST(VaultNet, CertificatesOfAServerAreValidInAnyYear) {
  const auto is_in = [](std::string_view text, const Buffer& octets) {
    return as_text(octets).find(text) != std::string_view::npos;
  };
  for (const Timestamp wrong : {Timestamp{100}, 20 * kYear, 80 * kYear}) {
    NetWorld world(wrong);
    const auto identity = world.door->call(wire::NetIdentity{});
    for (const Buffer& each : {identity.reply.authority, identity.reply.certificate}) {
      EXPECT_TRUE(is_in("700101000000Z", each) && is_in("99991231235959Z", each)) << wrong;
    }
    EXPECT_TRUE(world.join(world.enrol("app", {0}).reply.secret).ok()) << wrong;
  }
}

TEST(VaultNet, RevokedClientIsRefusedAtItsNextRequestAndAfterARestart) {
  NetWorld world;
  const auto certificate = world.joined("app", {0});
  auto client = world.through_door(certificate);
  ASSERT_TRUE(client->call(wire::Slots{}).ok());
  ASSERT_TRUE(world.owner->call(wire::NetRevoke{"app"}).ok());
  EXPECT_EQ(client->call(wire::Slots{}).code, Code::denied);
  EXPECT_EQ(world.through_door(certificate)->refused(), Code::denied);
  client.reset();
  world.door.reset();
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.through_door(certificate)->refused(), Code::denied);
}

TEST(VaultNet, ClientAndItsLoginOutliveARestart) {
  NetWorld world;
  const auto certificate = world.joined("app", {1});
  auto client = world.through_door(certificate);
  const auto login = client->call(wire::Login{.slot = 1, .pin = secret("1234")});
  ASSERT_TRUE(login.ok());
  client.reset();
  world.door.reset();
  ASSERT_TRUE(world.start().ok());
  client = world.through_door(certificate);
  EXPECT_TRUE(client->call(resume(login.reply)).ok());
}

TEST(VaultNet, TicketOfOneClientIsWorthNothingToAnother) {
  NetWorld world;
  const auto one = world.through_door(world.joined("one", {1}));
  const auto two = world.through_door(world.joined("two", {1}));
  const auto login = one->call(wire::Login{.slot = 1, .pin = secret("1234")});
  ASSERT_TRUE(login.ok());
  EXPECT_EQ(two->call(resume(login.reply)).code, Code::denied);
}

TEST(VaultNet, CertificateThatHasExpiredIsRefused) {
  NetWorld world;
  const auto certificate = world.joined("app", {0});
  const auto client = world.through_door(certificate);
  world.clock.advance(std::uint64_t{366} * 86400 * 1000);
  EXPECT_EQ(client->call(wire::Slots{}).code, Code::denied);
  EXPECT_EQ(world.through_door(certificate)->refused(), Code::denied);
}

TEST(VaultNet, TheDoorAloneIsToldHowAClientStands) {
  NetWorld world;
  const wire::NetStanding first{world.joined("app", {0})};
  const wire::NetStanding second{world.joined("other", {0})};
  const auto standing = [&world](const wire::NetStanding& asked) {
    const auto told = world.door->call(asked);
    EXPECT_TRUE(told.ok());
    return told.reply.standing;
  };
  EXPECT_EQ(standing(first), wire::Standing::good);
  EXPECT_EQ(standing(wire::NetStanding{}), wire::Standing::unknown);
  EXPECT_EQ(world.owner->call(first).code, Code::denied);
  EXPECT_EQ(world.through_door(first.certificate)->call(first).code, Code::denied);
  ASSERT_TRUE(world.owner->call(wire::NetRevoke{"app"}).ok());
  EXPECT_EQ(standing(first), wire::Standing::revoked);
  EXPECT_EQ(standing(second), wire::Standing::good);
  world.clock.advance(std::uint64_t{366} * 24 * 3600 * 1000);
  EXPECT_EQ(standing(second), wire::Standing::expired);
  EXPECT_EQ(standing(first), wire::Standing::revoked);
}

TEST(VaultNet, CertificateThatIsValidSignsInABatch) {
  NetWorld world;
  const auto client = world.signing_client();
  EXPECT_THAT(world.two_signatures(*client), ElementsAre(Code::ok, Code::ok));
}

TEST(VaultNet, CertificateThatHasExpiredIsRefusedInABatchToo) {
  NetWorld world;
  const auto client = world.signing_client();
  world.clock.advance(std::uint64_t{366} * 86400 * 1000);
  EXPECT_THAT(world.two_signatures(*client), ElementsAre(Code::denied, Code::denied));
}

TEST(VaultNet, RevokedClientIsRefusedInABatchToo) {
  NetWorld world;
  const auto client = world.signing_client();
  ASSERT_TRUE(world.owner->call(wire::NetRevoke{.name = "app"}).ok());
  EXPECT_THAT(world.two_signatures(*client), ElementsAre(Code::denied, Code::denied));
}

TEST(VaultNet, APolicyThatNamesAClientLetsNobodyElseUseTheKey) {
  NetWorld world;
  const auto app = world.signing_client();
  auto other = world.through_door(world.joined("other", {0}));
  ASSERT_TRUE(other->call(wire::Login{.slot = 0, .pin = secret("1234")}).ok());
  const auto clients = world.owner->call(wire::NetList{}).reply.clients;
  const auto listed = std::ranges::find(clients, std::string("app"), &wire::NetClient::name);
  ASSERT_NE(listed, clients.end());
  wire::KeyPolicySet set{.slot = 0, .key = world.signer};
  set.policy.principals = {{.kind = wire::PrincipalKind::client, .id = listed->id, .name = "other"}};
  ASSERT_EQ(world.owner->call(set).code, Code::ok);
  EXPECT_EQ(app->call(World::signature_by(world.signer)).code, Code::ok);
  EXPECT_EQ(other->call(World::signature_by(world.signer)).code, Code::denied);
  EXPECT_EQ(world.sign(world.signer).code, Code::denied);
  const auto shown = world.owner->call(wire::KeyPolicyShow{.key = world.signer}).reply.policy.principals;
  EXPECT_EQ(shown.at(0).name, "app") << "the chip knows what it is called";
}

// A policy of before format 7 that names a number from 2^31 on may have meant a user, or a client that was
// there then: never one that joins later.
TEST(VaultNet, APolicyThatNamesANumberMeansNobodyWhoJoinsLater) {
  NetWorld world;
  auto app = world.signing_client();
  ASSERT_EQ(world.owner->call(wire::Grant{.uid = kNetNumberFirst, .slots = {0}}).code, Code::ok);
  wire::KeyPolicySet set{.slot = 0, .key = world.signer};
  for (const std::uint32_t number : {kNetNumberFirst, kNetNumberFirstNow})
    set.policy.principals.push_back(wire::numbered(wire::PrincipalKind::client, number));
  ASSERT_EQ(world.owner->call(set).code, Code::ok);
  const auto certificate = static_cast<const Connection&>(*app->context()).certificate;
  app.reset();
  world.door.reset();
  ASSERT_TRUE(world.start().ok());
  const auto signs = [&](Client& client) {
    EXPECT_TRUE(client.call(wire::Login{.slot = 0, .pin = secret("1234")}).ok());
    return client.call(World::signature_by(world.signer)).code;
  };
  const auto again = world.through_door(certificate);
  EXPECT_EQ(signs(*again), Code::denied);
  const auto user = std::make_unique<Client>(*world.vault, kNetNumberFirst);
  ASSERT_TRUE(user->call(wire::Hello{}).ok());
  EXPECT_EQ(signs(*user), Code::denied);
}

TEST(VaultNet, DoorIsRefusedInABatchToo) {
  NetWorld world;
  EXPECT_THAT(world.two_signatures(*world.door), ElementsAre(Code::denied, Code::denied));
}

TEST(VaultNet, UnknownCertificateIsRefused) {
  NetWorld world;
  EXPECT_EQ(world.through_door(crypto::sha256(as_bytes("nobody")))->refused(), Code::denied);
}

}  // namespace
}  // namespace coffer::vault
