// Numbered principals: records of before format 7 are read as what they were, records of now as what they
// are.
#include "vault/numbered_principals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "codec/binary.h"
#include "store/memory_store.h"

namespace coffer::vault {
namespace {

using testing::ElementsAreArray;
using wire::Principal;
using wire::PrincipalKind;

constexpr std::uint32_t kClient = 0x80000000;
constexpr std::uint32_t kAlice = 0xC0000001;

constexpr std::array<std::uint32_t, 5> kNumbers{1000, kClient, kAlice, 0x7FFFFFFF, 0xFFFFFFFF};

std::vector<std::uint32_t> first_numbers(std::size_t count) {
  return {kNumbers.begin(), kNumbers.begin() + count};
}

// The same as principals.
std::vector<Principal> first_principals(std::size_t count) {
  std::vector<Principal> all{wire::user_principal(1000), wire::numbered(PrincipalKind::client, kClient),
                             wire::numbered(PrincipalKind::token_operator, kAlice),
                             wire::user_principal(0x7FFFFFFF),
                             wire::numbered(PrincipalKind::token_operator, 0xFFFFFFFF)};
  all.resize(count);
  return all;
}

// old_record is one of before format 7: what is in front of its list, the list, and what is behind it.
template <typename Front, typename Back>
Buffer old_record(const Front& front, std::size_t count, const Back& back) {
  Buffer octets;
  codec::SecretWriter writer(octets);
  EXPECT_TRUE(front(writer).ok());
  EXPECT_TRUE(writer(first_numbers(count), kNumbers.size()).ok());
  EXPECT_TRUE(back(writer).ok());
  return octets;
}

template <typename Record>
Buffer new_record(const Record& record) {
  Buffer octets;
  codec::encode_secret_into(record, octets);
  return octets;
}

wire::KeyPolicy policy_of(std::size_t count) {
  return {.mechanisms = {0x1041, 0x1044},
          .principals = first_principals(count),
          .uses_max = 7,
          .rate_uses = 3,
          .rate_seconds = 60,
          .not_before = 1'700'000'000,
          .not_after = 1'900'000'000,
          .minute_from = 480,
          .minute_to = 1080,
          .weekdays = 0x1F};
}

AuthorityRecord authority_of(std::size_t count) {
  AuthorityRecord record;
  record.authority.name = "users";
  record.authority.public_key = Buffer(51, 3);
  record.authority.created = 1'800'000'000;
  record.authority.profile.lifetime_max_seconds = 3600;
  record.authority.profile.principals = {"ann", "dev-*"};
  record.authority.profile.signers = first_principals(count);
  // The beginning of a PKCS#8 key.
  record.key = SecretBytes::copy_of(Buffer{0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B});
  return record;
}

KeptBackupLock backup_lock_of(std::size_t count) {
  KeptBackupLock lock;
  lock.lock.set = {1, 2, 3};
  lock.operators = first_principals(count);
  return lock;
}

TEST(NumberedPrincipals, AreUsersClientsAndOperatorsByTheirRanges) {
  EXPECT_EQ(principal_of_number(0), wire::user_principal(0));
  EXPECT_EQ(principal_of_number(0x7FFFFFFF).kind, PrincipalKind::user);
  EXPECT_EQ(principal_of_number(0x80000000).kind, PrincipalKind::client);
  EXPECT_EQ(principal_of_number(0xBFFFFFFF).kind, PrincipalKind::client);
  EXPECT_EQ(principal_of_number(0xC0000000).kind, PrincipalKind::token_operator);
  for (const std::uint32_t number : kNumbers)
    EXPECT_EQ(wire::number_of(principal_of_number(number).id), number);
}

TEST(NumberedPrincipals, APolicyOfEitherKindIsRead) {
  for (std::size_t count = 0; count <= kNumbers.size(); ++count) {
    const wire::KeyPolicy policy = policy_of(count);
    const Buffer old =
        old_record([&](auto& writer) { return writer(policy.mechanisms, wire::kPolicyMechanismsMax); }, count,
                   [&](auto& writer) { return wire::KeyPolicy::terms(writer, policy); });
    for (const Buffer& octets : {old, new_record(policy)}) {
      const auto read = decode_key_policy(octets);
      ASSERT_TRUE(read.ok()) << count;
      EXPECT_THAT(read.value().principals, ElementsAreArray(policy.principals)) << count;
      EXPECT_EQ(codec::encode(read.value()), codec::encode(policy)) << count;
    }
  }
}

TEST(NumberedPrincipals, AnAuthorityOfEitherKindIsRead) {
  for (std::size_t count = 0; count <= kNumbers.size(); ++count) {
    const AuthorityRecord record = authority_of(count);
    const wire::Authority& authority = record.authority;
    const Buffer old = old_record(
        [&](auto& writer) -> Status {
          TRY(writer(authority.name, wire::kAuthorityNameBytesMax));
          TRY(writer(authority.kind));
          TRY(writer(authority.key_type));
          TRY(writer(authority.public_key, wire::kPublicKeyBytesMax));
          return wire::Profile::terms(writer, authority.profile);
        },
        count,
        [&](auto& writer) -> Status {
          TRY(writer(authority.created));
          return writer(record.key, kAuthorityKeyBytesMax);
        });
    for (const Buffer& octets : {old, new_record(record)}) {
      const auto read = decode_authority(octets);
      ASSERT_TRUE(read.ok()) << count;
      EXPECT_THAT(read.value().authority.profile.signers, ElementsAreArray(authority.profile.signers));
      EXPECT_EQ(codec::encode(read.value().authority), codec::encode(authority)) << count;
      EXPECT_EQ(to_buffer(read.value().key.reveal()), to_buffer(record.key.reveal())) << count;
    }
  }
}

TEST(NumberedPrincipals, AKeptBackupLockOfEitherKindIsRead) {
  for (std::size_t count = 0; count <= kNumbers.size(); ++count) {
    const KeptBackupLock lock = backup_lock_of(count);
    const Buffer old = old_record(
        [&](auto& writer) -> Status {
          TRY(writer(lock.lock));
          return writer(lock.key);
        },
        count, [](auto& /*writer*/) { return Status{}; });
    for (const Buffer& octets : {old, new_record(lock)}) {
      const auto read = decode_backup_lock(octets);
      ASSERT_TRUE(read.ok()) << count;
      EXPECT_THAT(read.value().operators, ElementsAreArray(lock.operators)) << count;
      EXPECT_EQ(codec::encode(read.value().lock), codec::encode(lock.lock)) << count;
    }
  }
}

TEST(NumberedPrincipals, WhatIsCutOffOrTooLongIsRefused) {
  const wire::KeyPolicy policy = policy_of(2);
  Buffer old = old_record([&](auto& writer) { return writer(policy.mechanisms, wire::kPolicyMechanismsMax); },
                          2, [&](auto& writer) { return wire::KeyPolicy::terms(writer, policy); });
  Buffer now = codec::encode(policy);
  for (Buffer* octets : {&old, &now}) {
    Buffer longer = *octets;
    longer.push_back(0);
    EXPECT_FALSE(decode_key_policy(longer).ok());
    octets->pop_back();
    EXPECT_FALSE(decode_key_policy(*octets).ok());
  }
}

TEST(NumberedPrincipals, OfClientsThatWereThereBecomeThoseOfTheirRecords) {
  store::MemoryStore store;
  Realm realm(record::DomainKey{}, record::RealmId{}, store);
  auto client = std::make_shared<LoadedNetClient>();
  client->id = {7};
  client->record.name = "app";
  client->record.number = kNetNumberFirst;
  realm.net().put(client);
  Object object;
  wire::KeyPolicy policy;
  for (const std::uint32_t number : {1000U, kNetNumberFirst, kNetNumberFirst + 1})
    policy.principals.push_back(principal_of_number(number));
  set_policy(object, policy);
  realm.name_principals(object);
  const auto& named = object.policy->principals;
  ASSERT_EQ(named.size(), 3U);
  EXPECT_EQ(named[0], wire::user_principal(1000));
  EXPECT_EQ(named[1], *client->who());
  EXPECT_EQ(named[1].name, "app");
  EXPECT_EQ(wire::number_of(named[2].id), kNetNumberFirst + 1) << "nobody had that number";
}

}  // namespace
}  // namespace coffer::vault
