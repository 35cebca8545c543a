// Principals: their ids, their words, and what makes two of them the same.
#include "wire/principal.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>

#include "base/bytes.h"
#include "codec/binary.h"

namespace coffer::wire {
namespace {

constexpr PrincipalId kRecord{9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 3, 0xE8};

TEST(Principal, OfAUserHasItsNumberBigEndianBehindZeros) {
  const Principal user = user_principal(0x01020304);
  EXPECT_EQ(user.kind, PrincipalKind::user);
  EXPECT_EQ(to_hex(user.id), "00000000000000000000000001020304");
  EXPECT_EQ(user.name, "16909060");
}

TEST(Principal, GivesItsNumberBack) {
  for (const std::uint32_t number :
       {0U, 1U, 1000U, 0x7FFFFFFFU, 0x80000000U, 0xC0000000U, std::numeric_limits<std::uint32_t>::max()}) {
    for (const PrincipalKind kind : {PrincipalKind::user, PrincipalKind::client}) {
      const Principal made = numbered(kind, number);
      EXPECT_EQ(made.kind, kind);
      EXPECT_EQ(number_of(made.id), number);
      EXPECT_EQ(made.name, std::to_string(number));
    }
  }
}

TEST(Principal, WhoseIdIsThatOfARecordHasNoNumber) {
  EXPECT_EQ(number_of(kRecord), std::nullopt);
  for (std::size_t i = 0; i < 12; ++i) {
    PrincipalId id = numbered(PrincipalKind::user, 1000).id;
    id[i] = 1;
    EXPECT_EQ(number_of(id), std::nullopt) << i;
  }
}

TEST(Principal, IsTheSameByKindAndIdWhateverItIsCalled) {
  const Principal alice{.kind = PrincipalKind::token_operator, .id = kRecord, .name = "alice"};
  Principal other = alice;
  other.name = "bob";
  EXPECT_EQ(alice, other);
  EXPECT_EQ(alice <=> other, std::strong_ordering::equal);
  other.id.back() ^= 1;
  EXPECT_NE(alice, other);
  other = alice;
  other.kind = PrincipalKind::client;
  EXPECT_NE(alice, other);
  EXPECT_EQ((std::set<Principal>{alice, other, alice}.size()), 2U);
}

TEST(Principal, OfEachKindHasAWordOfItsOwn) {
  EXPECT_EQ(kind_word(PrincipalKind::user), "user");
  EXPECT_EQ(kind_word(PrincipalKind::client), "client");
  EXPECT_EQ(kind_word(PrincipalKind::token_operator), "operator");
  EXPECT_EQ(kind_word(PrincipalKind::service), "service");
  EXPECT_EQ(kind_word(PrincipalKind::person), "person");
  EXPECT_EQ(kind_word(PrincipalKind::bot), "bot");
}

TEST(Principal, OfAServiceHasItsNameForAnId) {
  const Principal door = service_principal("net-door");
  EXPECT_EQ(door.kind, PrincipalKind::service);
  EXPECT_EQ(to_hex(door.id), "6e65742d646f6f720000000000000000");
  EXPECT_EQ(door.name, "net-door");
  EXPECT_NE(door, service_principal("another"));
}

TEST(Principal, IsReadWithAKindAndANameThatThereMayBe) {
  const Principal longest{.kind = PrincipalKind::bot, .id = kRecord, .name = std::string(64, 'n')};
  Buffer octets = codec::encode(longest);
  const auto read = codec::decode<Principal>(octets);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value(), longest);
  EXPECT_EQ(read.value().name, longest.name);
  for (const unsigned kind : {0U, 7U, 255U}) {
    octets[0] = static_cast<std::uint8_t>(kind);
    EXPECT_FALSE(codec::decode<Principal>(octets).ok()) << kind;
  }
  const Principal too_long{.name = std::string(65, 'n')};
  EXPECT_FALSE(codec::decode<Principal>(codec::encode(too_long)).ok());
}

}  // namespace
}  // namespace coffer::wire
