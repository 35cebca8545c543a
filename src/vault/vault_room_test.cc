// Tests of what a vault does when hidden memory gets low: whatever can be opened again is closed after each
// request, and nobody notices; and when it is scarce, what would stay is refused.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/secret_room.h"
#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

constexpr std::uint32_t kAesKeyGen = 0x1080;
constexpr std::uint32_t kAesGcm = 0x1087;
constexpr std::uint32_t kSha256 = 0x250;
constexpr std::uint8_t kBytes32[8] = {32};

constexpr std::uint64_t kLater = 100;  // milliseconds after which room is made again, where that did not help
constexpr std::size_t kReserve = 1000;
std::size_t left = kReserve;

// Room makes the hidden memory end.
class Room {
 public:
  explicit Room(std::size_t bytes) {
    left = bytes;
    use_secret_limit({.bytes_left = [] { return left; }, .reserve_bytes = kReserve});
  }
  ~Room() { use_secret_limit({}); }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
};

class VaultRoom : public ::testing::Test {
 protected:
  VaultRoom() {
    EXPECT_TRUE(world.start().ok());
    EXPECT_EQ(world.initialize(), Code::ok);
    EXPECT_EQ(world.create_token(), Code::ok);
  }

  ObjectId make_aes(Bytes label, std::uint64_t session = 1) {
    wire::GenerateKey request;
    request.session = session;
    request.mechanism = kAesKeyGen;
    request.attributes = {{attribute::kValueLen, kBytes32},
                          {attribute::kLabel, label},
                          truth(attribute::kEncrypt, true),
                          truth(attribute::kDecrypt, true)};
    const auto made = world.owner->call(request);
    EXPECT_TRUE(made.ok());
    return made.reply.object.id;
  }
  Buffer encrypt(const ObjectId& key) {
    static constexpr std::uint8_t kText[16] = {1, 2, 3};
    static constexpr std::uint8_t kIv[12] = {9};
    wire::Encrypt request;
    request.key = key;
    request.parameters = {.mechanism = kAesGcm, .iv = kIv, .tag_bits = 128};
    request.data = kText;
    world.clock.advance(kLater);
    const auto done = world.owner->call(request);
    EXPECT_TRUE(done.ok());
    return to_buffer(done.reply.output);
  }
  std::vector<ObjectId> find(const wire::Template& wanted) {
    std::vector<ObjectId> found;
    world.clock.advance(kLater);
    const auto answer = world.owner->call(wire::Find{.slot = 0, .attributes = wanted, .count_max = 1000});
    EXPECT_TRUE(answer.ok());
    for (const auto& each : answer.reply.objects) found.push_back(each.id);
    return found;
  }

  World world;
};

TEST_F(VaultRoom, ClosesWhatCanBeOpenedAgainAndNobodyNotices) {
  const auto pair = world.generate_p256(false);
  const auto kept = world.generate_p256(true);
  const ObjectId aes = make_aes(as_bytes("one"));
  const ObjectId other = make_aes(as_bytes("two"));
  const Buffer before = encrypt(aes);
  const Room low(kReserve - 1);
  ASSERT_EQ(secret_room(), SecretRoom::low);
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(equal_public(encrypt(aes), before));
    EXPECT_FALSE(equal_public(encrypt(other), before));
    EXPECT_TRUE(world.sign(pair.reply.private_key.id).ok());
    EXPECT_TRUE(world.sign(kept.reply.private_key.id).ok());
  }
}

TEST_F(VaultRoom, FindsTheSameObjectsWhetherTheyAreOpenOrNot) {
  const ObjectId aes = make_aes(as_bytes("one"));
  make_aes(as_bytes("two"));
  const auto pair = world.generate_p256(false);
  const std::vector<wire::Template> searches{
      {},
      {{attribute::kLabel, as_bytes("one")}},
      {{attribute::kLabel, as_bytes("none")}},
      {truth(attribute::kToken, false)},
      {truth(attribute::kToken, true)},
      {truth(attribute::kEncrypt, true)},
      {truth(attribute::kSensitive, true)},
      {truth(attribute::kLocal, true), {attribute::kLabel, as_bytes("two")}},
  };
  std::vector<std::vector<ObjectId>> open;
  for (const auto& search : searches) open.push_back(find(search));
  ASSERT_EQ(open[1], std::vector<ObjectId>{aes});
  ASSERT_EQ(open[3].size(), 4U);
  ASSERT_TRUE(open[2].empty());
  const Room low(kReserve - 1);
  for (std::size_t i = 0; i < searches.size(); ++i) EXPECT_EQ(find(searches[i]), open[i]) << i;
}

TEST_F(VaultRoom, ChangesAndForgetsObjectsThatWerePutAway) {
  const ObjectId aes = make_aes(as_bytes("one"), 1);
  const ObjectId other = make_aes(as_bytes("two"), 2);
  const Room low(kReserve - 1);
  ASSERT_EQ(find({}).size(), 2U);
  const auto renamed = world.owner->call(
      wire::SetAttributes{.slot = 0, .id = aes, .attributes = {{attribute::kLabel, as_bytes("renamed")}}});
  ASSERT_TRUE(renamed.ok());
  EXPECT_EQ(find({{attribute::kLabel, as_bytes("renamed")}}), std::vector<ObjectId>{aes});
  EXPECT_TRUE(find({{attribute::kLabel, as_bytes("one")}}).empty());
  ASSERT_TRUE(world.owner->call(wire::CloseSession{2}).ok());
  EXPECT_EQ(find({}), std::vector<ObjectId>{aes});
  EXPECT_FALSE(world.owner->call(wire::DestroyObject{.slot = 0, .id = other}).ok());
  EXPECT_TRUE(world.owner->call(wire::DestroyObject{.slot = 0, .id = aes}).ok());
  EXPECT_TRUE(find({}).empty());
}

TEST_F(VaultRoom, LogoutForgetsPrivateObjectsThatWerePutAway) {
  const ObjectId aes = make_aes(as_bytes("one"));
  const Room low(kReserve - 1);
  ASSERT_EQ(find({}), std::vector<ObjectId>{aes});
  ASSERT_TRUE(world.owner->call(wire::Logout{0}).ok());
  ASSERT_EQ(world.login(), Code::ok);
  EXPECT_TRUE(find({}).empty());
}

TEST_F(VaultRoom, RefusesWhatWouldStayWhenItIsScarceAndGoesOnAfterwards) {
  const ObjectId aes = make_aes(as_bytes("one"));
  wire::Begin begin;
  begin.parameters.mechanism = kSha256;
  {
    const Room scarce(kReserve / 2 - 1);
    EXPECT_EQ(world.owner->call(begin).code, Code::limit);
    EXPECT_EQ(Client(*world.vault, kStranger).refused(), Code::denied);
    EXPECT_FALSE(encrypt(aes).empty());
    EXPECT_EQ(world.state(), wire::VaultState::unlocked);
    // Who has much to send that may hold a secret is refused before anybody takes it apart.
    EXPECT_TRUE(wire::lacks_room(wire::kOp<wire::CreateObject>, 100'000));
    EXPECT_FALSE(wire::lacks_room(wire::kOp<wire::CreateObject>, 1000));
    EXPECT_FALSE(wire::lacks_room(wire::kOp<wire::Encrypt>, 100'000));
  }
  EXPECT_TRUE(world.owner->call(begin).ok());
  EXPECT_FALSE(wire::lacks_room(wire::kOp<wire::CreateObject>, 100));
}

TEST(ObjectCache, KeepsNoMoreOctetsThanItMay) {
  ObjectCache cache;
  const Buffer value(std::size_t{192} << 10U);
  constexpr std::uint8_t kObjects = 200;
  for (std::uint8_t i = 0; i < kObjects; ++i) {
    auto object = std::make_shared<Object>();
    object->id = {i};
    object->id[15] = i;  // over all shards
    object->attributes.set(attribute::kLabel, value);
    cache.put(std::move(object));
  }
  std::size_t kept = 0;
  for (std::uint8_t i = 0; i < kObjects; ++i) {
    ObjectId id{i};
    id[15] = i;
    if (cache.get(id, 0)) ++kept;
    cache.remove(id);
    EXPECT_EQ(cache.get(id, 0), nullptr);
  }
  EXPECT_LE(kept * value.size(), kCacheAttributeBytes);
  EXPECT_GE(kept, kCacheAttributeBytes / value.size() / 2) << "but most of that";
}

TEST(Shelf, OpensWhatItSealedAndNothingThatWasChanged) {
  const auto shelf = Shelf::create().value();
  const record::NameKey names;
  static constexpr std::uint8_t kValue[] = {7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7};
  static constexpr std::uint8_t kAes[8] = {0x1f};
  static constexpr std::uint8_t kSecretKey[8] = {4};
  Object object =
      create_object(
          {{attribute::kClass, kSecretKey}, {attribute::kKeyType, kAes}, {attribute::kValue, kValue}})
          .value();
  object.id = {1, 2, 3};
  object.session = 5;
  finish_object(object);
  const record::ManifestEntry entry = manifest_entry(object, names);
  PublicVector<std::uint8_t> sealed;
  shelf->seal(object, sealed);
  const Bytes octets(sealed.data(), sealed.size());
  EXPECT_EQ(std::ranges::search(octets, Bytes(kValue)).begin(), octets.end());
  const auto opened = shelf->open(entry, 5, octets);
  ASSERT_TRUE(opened.ok());
  EXPECT_FALSE(opened.value().is_token);
  EXPECT_FALSE(opened.value().summary.is_token);
  EXPECT_EQ(opened.value().session, 5U);
  EXPECT_TRUE(equal_secret(object_plaintext(opened.value()).reveal(), object_plaintext(object).reveal()));

  EXPECT_FALSE(shelf->open(entry, 6, octets).ok());
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    sealed[i] ^= 1U;
    EXPECT_EQ(shelf->open(entry, 5, {sealed.data(), sealed.size()}).error().code, Code::corrupt);
    sealed[i] ^= 1U;
  }
  EXPECT_FALSE(shelf->open(entry, 5, {sealed.data(), 11}).ok());
  EXPECT_FALSE(Shelf::create().value()->open(entry, 5, octets).ok());
}

}  // namespace
}  // namespace coffer::vault
