// Vault: searches - what they find, with and without opening the objects.
#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint32_t kModifiable = 0x170;
constexpr std::uint32_t kAesKeyGen = 0x1080;

class VaultFindTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
  }

  std::vector<wire::ObjectId> find(const wire::Template& wanted) {
    const auto answer = world.owner->call(wire::Find{.attributes = wanted, .after = {}});
    EXPECT_EQ(answer.code, Code::ok);
    std::vector<wire::ObjectId> ids;
    for (const auto& each : answer.reply.objects) ids.push_back(each.id);
    return ids;
  }

  // matching is what a search must find, by reading the attribute of every object.
  std::vector<wire::ObjectId> matching(const std::vector<wire::ObjectId>& all,
                                       const wire::Attribute& wanted) {
    std::vector<wire::ObjectId> ids;
    for (const wire::ObjectId& id : all) {
      const auto answer = world.owner->call(wire::GetAttributes{.id = id, .types = {wanted.type}});
      EXPECT_EQ(answer.code, Code::ok);
      const wire::AttributeValue& value = answer.reply.attributes.at(0);
      if (value.state == wire::AttributeState::present && equal_public(value.value, wanted.value))
        ids.push_back(id);
    }
    return ids;
  }

  // One of every class, as token objects and as session objects.
  void make_some_of_everything() {
    for (const bool on_token : {true, false}) {
      const wire::Attribute place = truth(attribute::kToken, on_token);
      ASSERT_EQ(world.generate_p256(on_token).code, Code::ok);
      for (const bool encrypts : {true, false}) {
        const Buffer bytes = number(32);
        const wire::GenerateKey key{.mechanism = kAesKeyGen,
                                    .attributes = {place,
                                                   truth(attribute::kEncrypt, encrypts),
                                                   truth(attribute::kPrivate, encrypts),
                                                   {attribute::kValueLen, bytes}}};
        ASSERT_EQ(world.owner->call(key).code, Code::ok);
      }
      const Buffer data = number(object_class::kData);
      const wire::CreateObject object{
          .attributes = {place, {attribute::kClass, data}, {attribute::kValue, as_bytes("data")}}};
      ASSERT_EQ(world.owner->call(object).code, Code::ok);
    }
  }

  World world;
};

TEST_F(VaultFindTest, FindsByLabelIdAndClass) {
  const auto pair = world.generate_p256();
  wire::Find request;
  request.attributes = {{attribute::kLabel, as_bytes("named")}};
  const auto by_label = world.owner->call(request);
  ASSERT_THAT(by_label.reply.objects, SizeIs(1));
  EXPECT_EQ(by_label.reply.objects[0].id, pair.reply.private_key.id);
  request.attributes = {{attribute::kId, as_bytes("named")}};
  EXPECT_THAT(world.owner->call(request).reply.objects, SizeIs(1));
  request.attributes = {{attribute::kId, as_bytes("other")}};
  EXPECT_THAT(world.owner->call(request).reply.objects, IsEmpty());
  request.attributes = {};
  EXPECT_THAT(world.owner->call(request).reply.objects, SizeIs(2));
}

TEST_F(VaultFindTest, PagesThroughWhatItFinds) {
  for (int i = 0; i < 5; ++i) ASSERT_EQ(world.generate_p256().code, Code::ok);
  std::size_t seen = 0;
  wire::Find request{.count_max = 3};
  for (bool more = true; more;) {
    const auto page = world.owner->call(request);
    ASSERT_EQ(page.code, Code::ok);
    seen += page.reply.objects.size();
    more = page.reply.more;
    if (more) request.after = page.reply.objects.back().id;
  }
  EXPECT_EQ(seen, 10U);
}

TEST_F(VaultFindTest, FindsWhatHasTheAttributeWhereverItLooks) {
  make_some_of_everything();
  const auto all = find({});
  ASSERT_THAT(all, SizeIs(10));
  for (const std::uint32_t type :
       {attribute::kToken, attribute::kPrivate, attribute::kEncrypt, attribute::kSign, attribute::kVerify,
        attribute::kDerive, attribute::kAlwaysAuthenticate, kModifiable}) {
    for (const bool value : {true, false}) {
      SCOPED_TRACE(std::to_string(type) + (value ? " true" : " false"));
      EXPECT_EQ(find({truth(type, value)}), matching(all, truth(type, value)));
    }
  }
  for (const std::uint32_t type : {attribute::kClass, attribute::kKeyType, attribute::kValueLen}) {
    // Wider than a CKO_ or CKK_ can be, too.
    for (const std::uint64_t value : {0ULL, 2ULL, 3ULL, 4ULL, 31ULL, 32ULL, 0xFFFFFFFFULL, 0x1FFFFFFFFULL}) {
      SCOPED_TRACE(std::to_string(type) + " " + std::to_string(value));
      const Buffer octets = number(value);
      EXPECT_EQ(find({{type, octets}}), matching(all, {type, octets}));
    }
  }
}

TEST_F(VaultFindTest, RefusesValuesOfTheWrongSize) {
  make_some_of_everything();
  for (const std::uint32_t type :
       {attribute::kToken, attribute::kClass, attribute::kKeyType, attribute::kSign}) {
    EXPECT_THAT(find({{type, Bytes{}}}), IsEmpty());
    EXPECT_THAT(find({{type, as_bytes("xyz")}}), IsEmpty());
  }
}

TEST_F(VaultFindTest, TwoDifferentNamesAtOnceMatchNothing) {
  make_some_of_everything();
  for (const std::uint32_t type : {attribute::kId, attribute::kLabel}) {
    EXPECT_THAT(find({{type, as_bytes("named")}, {type, as_bytes("named")}}), SizeIs(2));
    EXPECT_THAT(find({{type, as_bytes("named")}, {type, as_bytes("other")}}), IsEmpty());
    EXPECT_THAT(find({{type, as_bytes("named")}, {type, Bytes{}}}), IsEmpty());
  }
}

TEST_F(VaultFindTest, ListsWithoutOpeningAnything) {
  make_some_of_everything();
  const auto token_objects = find({truth(attribute::kToken, true)});
  ASSERT_THAT(token_objects, SizeIs(5));
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.login(), Code::ok);
  world.store.break_down({Code::unavailable, "a test made the store fail"});
  EXPECT_EQ(find({}), token_objects);
  EXPECT_THAT(find({truth(attribute::kSign, true)}), SizeIs(1));
  EXPECT_THAT(find({{attribute::kId, as_bytes("named")}, truth(attribute::kSign, true)}), SizeIs(1));
  world.store.recover();
}

TEST_F(VaultFindTest, SummariesAreTheSameAfterARestart) {
  make_some_of_everything();
  const wire::Find request{.attributes = {truth(attribute::kToken, true)}, .after = {}};
  const auto before = world.owner->call(request);
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.login(), Code::ok);
  EXPECT_EQ(world.owner->call(request).octets, before.octets);
}

TEST_F(VaultFindTest, FindsAnObjectUnderItsNewNameOnly) {
  const auto pair = world.generate_p256();
  const wire::ObjectId id = pair.reply.private_key.id;
  ASSERT_THAT(find({{attribute::kId, as_bytes("named")}}), ElementsAre(id));
  wire::SetAttributes request{.id = id, .attributes = {{attribute::kId, as_bytes("renamed")}}};
  ASSERT_EQ(world.owner->call(request).code, Code::ok);
  EXPECT_THAT(find({{attribute::kId, as_bytes("named")}}), IsEmpty());
  EXPECT_THAT(find({{attribute::kId, as_bytes("renamed")}}), ElementsAre(id));
  EXPECT_THAT(find({{attribute::kLabel, as_bytes("named")}}), ElementsAre(id));
}

TEST_F(VaultFindTest, AVaultOfAnotherFormatIsNotOpened) {
  const Buffer key{record::kRealmHeaderKey};
  for (const int format : {kFormatOldest - 1, kFormat + 1}) {
    auto record = world.memory.get(key).value().value();
    record.value[0] = static_cast<std::uint8_t>(format);
    ASSERT_TRUE(world.memory.commit({.writes = {{.key = key, .value = record.value}}}).ok());
    EXPECT_EQ(world.start().error().code, Code::unsupported);
  }
}

}  // namespace
}  // namespace coffer::vault
