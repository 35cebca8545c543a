// The key ladder: every rung against known answers, and sealed records, which open in their place alone.
#include "record/ladder.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "codec/hex.h"
#include "record/record_fixture.h"

namespace coffer::record {
namespace {

const SealedFor kPlace{.id = {1}, .type = 3, .version = 7};

HostKey host() { return counted_key<HostKey>(); }
DomainKey domain() { return counted_key<DomainKey>(); }
std::string hex_of(const Secret<32>& key) { return to_hex(key.reveal()); }
SecretBytes passphrase(std::string_view text) { return SecretBytes::copy_of(as_bytes(text)); }

constexpr crypto::Argon2Cost kCheap{.memory_kib = 256, .passes = 2};
const auto kSalt = counted_octets<std::array<std::uint8_t, 16>>(0x10);

// Expected values are from Python's hmac and hashlib: HKDF of RFC 5869 over the octets 00 01 ... 1f, with the
// labels of docs/formats.md 5.1; Argon2id is that of pyca/cryptography.
struct Rung {
  const char* name;
  std::function<std::string()> derive;
  const char* expected;
};
const Rung kRungs[] = {
    {"root, file", [] { return hex_of(root_from_host(host(), kRealm)); },
     "abd6346d5d10b84f1ce0facbce3db74901fbcc52f193d6820b5aaa91e100b201"},
    {"root, passphrase",
     [] {
       return hex_of(root_from_passphrase(host(), kRealm, passphrase("a passphrase"), kSalt, kCheap).value());
     },
     "ce5b88e11c28e0649e5d337a81973928db87c8d56eb146693d641b9851c5f983"},
    {"mark", [] { return hex_of(mark_key(host())); },
     "357123719dceb4348c105f740335ecfd3ee1a2f2bd3b29163622ac302ae58862"},
    {"log", [] { return hex_of(log_key(host())); },
     "7d4fa263939d1027be0d891b50ddd90c3c32cc83bb5cd71ef061a5f5a56418a4"},
    {"erasure", [] { return hex_of(erase_key(host())); },
     "6e569a4de3dfcb90be71f8577607cc253d628545de0f7d6ac1a507147e34227a"},
    {"system partition", [] { return hex_of(system_partition_key(domain())); },
     "779f560d7349b25f442c5a1521d9b9d94c4741afc8d8f6675a6d5d01980cbfa3"},
    {"names", [] { return hex_of(name_key(domain())); },
     "036780a4b4a0b310cf6d2df0b9bf1a64a5428eecac931f7a72d9b52070a2f5d6"},
    {"manifests", [] { return hex_of(manifest_key(domain())); },
     "222b3f2099d58ffe32d4c06874050a56f71ce7995f7fff8def97c68bb433de53"},
    {"tickets", [] { return hex_of(ticket_key(domain())); },
     "fb2cb06a648d6fd45a8b6cab0ccd40b5713cd4b13757ef46e490c3d9b366244c"},
    {"pins", [] { return hex_of(pin_key(domain())); },
     "7af075995d7a1be4519acfca73eb8761cc4a6410e26bb15bfa7171c8f3c6e0b2"},
    {"audit seed", [] { return to_hex(audit_seed(domain()).reveal()); },
     "d36be9b643a216f97ca6d7384ca5005269dbfe2b746868aa5f11d000b9a3a351"},
};

TEST(LadderTest, EveryRungGivesItsKnownAnswer) {
  for (const Rung& rung : kRungs) EXPECT_EQ(rung.derive(), rung.expected) << rung.name;
}

TEST(LadderTest, NoTwoRungsGiveTheSameKeyThoughAllStandOnTheSameOctets) {
  std::map<std::string, std::string> keys{{hex_of(host()), "the parent"}};
  for (const Rung& rung : kRungs) {
    const auto [place, is_new] = keys.emplace(rung.derive(), rung.name);
    EXPECT_TRUE(is_new) << rung.name << " and " << place->second;
  }
}

TEST(LadderTest, TheRootDependsOnHostAndRealm) {
  RealmId other = kRealm;
  other[15] ^= 1;
  const std::string root = hex_of(root_from_host(host(), kRealm));
  EXPECT_NE(hex_of(root_from_host(host(), other)), root);
  EXPECT_NE(hex_of(root_from_host(counted_key<HostKey>(1), kRealm)), root);
}

TEST(LadderTest, TheRootBehindAPassphraseDependsOnEveryPartOfIt) {
  RealmId realm = kRealm;
  realm[0] ^= 1;
  auto salt = kSalt;
  salt[15] ^= 1;
  const auto root = [](const HostKey& from, const RealmId& of, std::string_view words,
                       const std::array<std::uint8_t, 16>& with, const crypto::Argon2Cost& cost) {
    return hex_of(root_from_passphrase(from, of, passphrase(words), with, cost).value());
  };
  const std::string expected = root(host(), kRealm, "words", kSalt, kCheap);
  EXPECT_EQ(root(host(), kRealm, "words", kSalt, kCheap), expected);
  EXPECT_NE(root(counted_key<HostKey>(1), kRealm, "words", kSalt, kCheap), expected);
  EXPECT_NE(root(host(), realm, "words", kSalt, kCheap), expected);
  EXPECT_NE(root(host(), kRealm, "Words", kSalt, kCheap), expected);
  EXPECT_NE(root(host(), kRealm, "", kSalt, kCheap), expected);
  EXPECT_NE(root(host(), kRealm, "words", salt, kCheap), expected);
  EXPECT_NE(root(host(), kRealm, "words", kSalt, {.memory_kib = 512, .passes = 2}), expected);
  EXPECT_NE(root(host(), kRealm, "words", kSalt, {.memory_kib = 256, .passes = 3}), expected);
}

TEST(LadderTest, NewPartitionsGetDifferentKeys) {
  EXPECT_NE(hex_of(random_partition_key().value()), hex_of(random_partition_key().value()));
}

class Sealing : public testing::Test {
 protected:
  Buffer sealed(std::uint8_t sealing) {
    SealedFor place = kPlace;
    place.sealing = sealing;
    return seal_record(key, place, as_bytes("a record")).value();
  }
  bool opens(Bytes record, const SealedFor& place = kPlace) {
    const auto opened = open_record(key, place, record);
    EXPECT_TRUE(opened.ok() || opened.error().code == Code::corrupt);
    return opened.ok() && equal_public(opened.value().reveal(), as_bytes("a record"));
  }

  PartitionKey key = random_partition_key().value();
};

TEST_F(Sealing, IsTheNewestUnlessToldOtherwise) {
  EXPECT_EQ(seal_record(key, kPlace, as_bytes("a record")).value()[0], kRecordSealing);
}

TEST_F(Sealing, RecordsOfEverySealingOpen) {
  for (std::uint8_t each = kRecordSealingOldest; each <= kRecordSealing; ++each) {
    const Buffer record = sealed(each);
    EXPECT_EQ(record[0], each);
    EXPECT_TRUE(opens(record)) << int{each};
  }
}

TEST_F(Sealing, ANumberThatWasRewrittenIsRefused) {
  for (std::uint8_t each = kRecordSealingOldest; each <= kRecordSealing; ++each) {
    for (int other = 0; other < 256; ++other) {
      Buffer record = sealed(each);
      record[0] = static_cast<std::uint8_t>(other);
      EXPECT_EQ(opens(record), other == each) << int{each} << " as " << other;
    }
  }
}

// Sealed by Python: AES-256-GCM of pyca/cryptography under the record key of docs/formats.md 5.1, for the
// place of the example there.
TEST_F(Sealing, RecordsThatAnotherProgramSealedOpen) {
  key = counted_key<PartitionKey>();
  const SealedFor place{.realm = kRealm,
                        .partition = counted_octets<PartitionTag>(0xb0),
                        .id = counted_octets<wire::ObjectId>(0xc0),
                        .type = 3,
                        .version = 2};
  for (const char* const record :
       {"01707172737475767778797a7b8d8d2a1cabe13a0534712dd70f943bb078a0b3bdd580b923",
        "02707172737475767778797a7b8d8d2a1cabe13a05870369d389a74387279f324f4df73f82"}) {
    EXPECT_TRUE(opens(codec::from_hex(record).value(), place)) << record;
  }
}

TEST_F(Sealing, ARecordOpensInItsOwnPlaceAlone) {
  const std::pair<const char*, std::function<void(SealedFor&)>> kMoves[] = {
      {"realm", [](SealedFor& place) { place.realm[15] ^= 1; }},
      {"partition", [](SealedFor& place) { place.partition[7] ^= 1; }},
      {"id", [](SealedFor& place) { place.id[15] ^= 1; }},
      {"type", [](SealedFor& place) { ++place.type; }},
      {"older version", [](SealedFor& place) { --place.version; }},
      {"newer version", [](SealedFor& place) { ++place.version; }},
      {"epoch", [](SealedFor& place) { ++place.epoch; }},
  };
  for (std::uint8_t each = kRecordSealingOldest; each <= kRecordSealing; ++each) {
    const Buffer record = sealed(each);
    for (const auto& [name, move] : kMoves) {
      SealedFor place = kPlace;
      move(place);
      EXPECT_FALSE(opens(record, place)) << name << ", sealing " << int{each};
    }
  }
}

TEST_F(Sealing, ARecordDoesNotOpenWithTheKeyOfAnotherPartition) {
  const Buffer record = sealed(kRecordSealing);
  key = random_partition_key().value();
  EXPECT_FALSE(opens(record));
}

TEST_F(Sealing, ABitThatWasFlippedAnywhereIsRefused) {
  for (std::uint8_t each = kRecordSealingOldest; each <= kRecordSealing; ++each) {
    const Buffer whole = sealed(each);
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
      Buffer record = whole;
      record[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      EXPECT_FALSE(opens(record)) << "bit " << bit << ", sealing " << int{each};
    }
  }
}

TEST_F(Sealing, ARecordOfAnotherLengthIsRefused) {
  const Buffer whole = sealed(kRecordSealing);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(opens(Bytes(whole).first(length))) << length;
  }
  Buffer longer = whole;
  longer.push_back(0);
  EXPECT_FALSE(opens(longer));
}

TEST_F(Sealing, AnEmptyRecordIsARecord) {
  const Buffer record = seal_record(key, kPlace, {}).value();
  EXPECT_EQ(open_record(key, kPlace, record).value().size(), 0U);
}

TEST_F(Sealing, TheSameRecordSealedTwiceIsNotTheSame) {
  EXPECT_NE(sealed(kRecordSealing), sealed(kRecordSealing));
}

}  // namespace
}  // namespace coffer::record
