// Backups: what comes back on another host, and every way in which a file or a share may be wrong.
#include "vault/backup.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "vault/backup_pieces_test.h"
#include "vault/share.h"
#include "vault/vault_fixture.h"
#include "wire/grant_messages.h"

namespace coffer::vault {
namespace {

constexpr std::string_view kPassphrase = "correct horse";

std::vector<std::string> words_of(const std::vector<wire::ShareWords>& shares) {
  std::vector<std::string> words;
  for (const wire::ShareWords& each : shares) words.emplace_back(as_text(each.reveal()));
  return words;
}

// Backup is a whole file in pieces, and the shares that came with it.
struct Backup {
  std::vector<Piece> pieces;
  std::vector<std::string> shares;
};

wire::BackupTerms with_passphrase() {
  wire::BackupTerms terms;
  terms.choice = wire::BackupChoice::passphrase;
  terms.passphrase = secret(kPassphrase);
  terms.stretch_milliseconds = 1;
  return terms;
}

wire::BackupTerms with_custodians(std::uint8_t threshold, std::uint8_t count) {
  wire::BackupTerms terms;
  terms.choice = wire::BackupChoice::custodians;
  terms.threshold = threshold;
  terms.share_count = count;
  return terms;
}

Backup back_up(World& world, wire::BackupTerms terms) {
  wire::BackupBegin begin;
  begin.terms = std::move(terms);
  const auto begun = world.owner->call(begin);
  EXPECT_EQ(begun.code, Code::ok);
  Buffer file = begun.reply.octets;
  for (bool last = false; !last;) {
    const auto read = world.owner->call(wire::BackupRead{});
    EXPECT_EQ(read.code, Code::ok);
    if (!read.ok()) return {};
    append(file, read.reply.octets);
    last = read.reply.is_last;
  }
  return {cut(file), words_of(begun.reply.shares)};
}

wire::BackupKeys passphrase_keys(std::string_view passphrase = kPassphrase) {
  wire::BackupKeys keys;
  keys.passphrase = secret(passphrase);
  return keys;
}

wire::BackupKeys share_keys(const std::vector<std::string>& shares) {
  wire::BackupKeys keys;
  for (const std::string& share : shares) keys.shares.push_back({secret(share)});
  return keys;
}

// read_back opens and writes all pieces and finishes: the first failure, or ok.
Code read_back(World& world, const std::vector<Piece>& pieces, wire::BackupKeys keys, bool restores) {
  wire::BackupOpen open{.restores = restores, .header = pieces[0].octets, .keys = std::move(keys)};
  if (const Code code = world.owner->call(open).code; code != Code::ok) return code;
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const wire::BackupWrite write{.kind = pieces[i].kind, .octets = pieces[i].octets};
    if (const Code code = world.owner->call(write).code; code != Code::ok) return code;
  }
  return world.owner->call(wire::BackupFinish{.stretch_milliseconds = 1}).code;
}

class BackupTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
    key = world.generate_p256().reply.private_key.id;
    ASSERT_TRUE(other.start(2).ok());
  }
  World world;
  World other;  // another host: nothing of the first, and another host.key
  wire::ObjectId key{};
};

TEST_F(BackupTest, RestoresKeysAndPinsOnAnotherHost) {
  const Backup backup = back_up(world, with_passphrase());
  world.stop();
  ASSERT_EQ(read_back(other, backup.pieces, passphrase_keys(), true), Code::ok);
  EXPECT_EQ(other.state(), wire::VaultState::unlocked);
  EXPECT_EQ(other.login(0, "wrong"), Code::pin_incorrect);
  EXPECT_EQ(other.login(), Code::ok);
  EXPECT_TRUE(other.sign(key).ok());
  EXPECT_TRUE(other.generate_p256().ok());
}

TEST_F(BackupTest, RestoredVaultOpensAgainAfterARestart) {
  const Backup backup = back_up(world, with_passphrase());
  ASSERT_EQ(read_back(other, backup.pieces, passphrase_keys(), true), Code::ok);
  ASSERT_TRUE(other.start(2).ok());
  EXPECT_EQ(other.state(), wire::VaultState::unlocked);
  EXPECT_EQ(other.login(), Code::ok);
}

TEST_F(BackupTest, RestoredVaultMayHaveAnotherRootOfTrust) {
  const Backup backup = back_up(world, with_passphrase());
  wire::BackupOpen open{.restores = true, .header = backup.pieces[0].octets, .keys = passphrase_keys()};
  ASSERT_EQ(other.owner->call(open).code, Code::ok);
  for (std::size_t i = 1; i < backup.pieces.size(); ++i) {
    const wire::BackupWrite write{.kind = backup.pieces[i].kind, .octets = backup.pieces[i].octets};
    ASSERT_EQ(other.owner->call(write).code, Code::ok);
  }
  wire::BackupFinish finish{.root_of_trust = wire::RootOfTrust::passphrase,
                            .passphrase = secret("another passphrase"),
                            .stretch_milliseconds = 1};
  ASSERT_EQ(other.owner->call(finish).code, Code::ok);
  ASSERT_TRUE(other.start(2).ok());
  EXPECT_EQ(other.state(), wire::VaultState::locked);
  EXPECT_EQ(other.owner->call(wire::Unlock{secret("another passphrase")}).code, Code::ok);
  EXPECT_EQ(other.login(), Code::ok);
}

TEST_F(BackupTest, FailedTriesOfAPinComeAlong) {
  ASSERT_EQ(world.login(0, "wrong"), Code::pin_incorrect);
  ASSERT_EQ(world.login(0, "wrong"), Code::pin_incorrect);
  const Backup backup = back_up(world, with_passphrase());
  ASSERT_EQ(read_back(other, backup.pieces, passphrase_keys(), true), Code::ok);
  EXPECT_EQ(other.owner->call(wire::Slots{}).reply.slots[0].user_tries_left, kPinTriesMax - 2);
}

TEST_F(BackupTest, ManyRecordsTakeManyPieces) {
  const std::string large(16000, 'x');
  for (int i = 0; i < 100; ++i) {
    wire::CreateObject create;
    static constexpr std::uint8_t kData[8] = {0};
    create.attributes = {
        {attribute::kClass, kData}, truth(attribute::kToken, true), {attribute::kValue, as_bytes(large)}};
    ASSERT_EQ(world.owner->call(create).code, Code::ok);
  }
  const Backup backup = back_up(world, with_passphrase());
  EXPECT_GT(backup.pieces.size(), 5U);
  ASSERT_EQ(read_back(other, backup.pieces, passphrase_keys(), true), Code::ok);
  EXPECT_EQ(other.owner->call(wire::Slots{}).reply.slots[0].object_count, 102U);
}

TEST_F(BackupTest, WhatIsDoneMeanwhileIsNotInIt) {
  wire::BackupBegin begin;
  begin.terms = with_passphrase();
  const auto begun = world.owner->call(begin);
  Buffer file = begun.reply.octets;
  const auto later = world.generate_p256().reply.private_key.id;
  for (bool last = false; !last;) {
    const auto read = world.owner->call(wire::BackupRead{});
    ASSERT_TRUE(read.ok());
    append(file, read.reply.octets);
    last = read.reply.is_last;
  }
  ASSERT_EQ(read_back(other, cut(file), passphrase_keys(), true), Code::ok);
  ASSERT_EQ(other.login(), Code::ok);
  EXPECT_TRUE(other.sign(key).ok());
  EXPECT_EQ(other.sign(later).code, Code::not_found);
}

TEST_F(BackupTest, VerifyingChangesNothingAndWorksInALiveVault) {
  const Backup backup = back_up(world, with_passphrase());
  EXPECT_EQ(read_back(world, backup.pieces, passphrase_keys(), false), Code::ok);
  EXPECT_TRUE(world.sign(key).ok());
  EXPECT_EQ(read_back(other, backup.pieces, passphrase_keys(), false), Code::ok);
  EXPECT_EQ(other.state(), wire::VaultState::uninitialized);
}

TEST_F(BackupTest, RefusesAWrongPassphrase) {
  const Backup backup = back_up(world, with_passphrase());
  EXPECT_EQ(read_back(other, backup.pieces, passphrase_keys("wrong horse"), true), Code::denied);
  EXPECT_EQ(read_back(other, backup.pieces, {}, true), Code::denied);
}

TEST_F(BackupTest, RefusesEveryFlippedOctet) {
  const Backup backup = back_up(world, with_passphrase());
  for (std::size_t piece = 0; piece < backup.pieces.size(); ++piece) {
    const std::size_t bytes = backup.pieces[piece].octets.size();
    for (std::size_t place = 0; place < bytes; place += std::max<std::size_t>(1, bytes / 40)) {
      auto changed = backup.pieces;
      changed[piece].octets[place] ^= 0x10U;
      EXPECT_NE(read_back(other, changed, passphrase_keys(), false), Code::ok) << piece << ' ' << place;
    }
  }
}

TEST_F(BackupTest, RefusesAFileThatIsCutOff) {
  Backup backup = back_up(world, with_passphrase());
  while (backup.pieces.size() > 1) {
    backup.pieces.pop_back();
    EXPECT_EQ(read_back(other, backup.pieces, passphrase_keys(), false), Code::corrupt);
  }
}

TEST_F(BackupTest, RefusesPiecesThatAreRepeatedLeftOutOrMixed) {
  const Backup one = back_up(world, with_passphrase());
  const Backup two = back_up(world, with_passphrase());
  auto repeated = one.pieces;
  repeated.insert(repeated.begin() + 1, repeated[1]);
  EXPECT_EQ(read_back(other, repeated, passphrase_keys(), false), Code::corrupt);
  auto left_out = one.pieces;
  left_out.erase(left_out.begin() + 1);
  EXPECT_EQ(read_back(other, left_out, passphrase_keys(), false), Code::corrupt);
  auto mixed = one.pieces;
  mixed[1] = two.pieces[1];
  EXPECT_EQ(read_back(other, mixed, passphrase_keys(), false), Code::corrupt);
}

TEST_F(BackupTest, HalfARestoringIsNoVault) {
  Backup backup = back_up(world, with_passphrase());
  backup.pieces.resize(backup.pieces.size() - 1);
  EXPECT_EQ(read_back(other, backup.pieces, passphrase_keys(), true), Code::corrupt);
  ASSERT_TRUE(other.start(2).ok());
  EXPECT_EQ(other.state(), wire::VaultState::uninitialized);
}

TEST_F(BackupTest, FailedLastCommitLeavesNoVault) {
  const Backup backup = back_up(world, with_passphrase());
  other.store.fail_commit(2, store::FaultPoint::before_commit, {Code::disk_full, "full"});
  EXPECT_NE(read_back(other, backup.pieces, passphrase_keys(), true), Code::ok);
  ASSERT_TRUE(other.start(2).ok());
  EXPECT_EQ(other.state(), wire::VaultState::uninitialized);
}

TEST_F(BackupTest, RefusesToRestoreOverAVault) {
  const Backup backup = back_up(world, with_passphrase());
  EXPECT_EQ(read_back(world, backup.pieces, passphrase_keys(), true), Code::exists);
  EXPECT_TRUE(world.sign(key).ok());
}

TEST_F(BackupTest, RefusesToBackUpADamagedVault) {
  const auto page = world.memory.range(Buffer{record::kRecordPrefix}, {}, 100).value();
  Buffer value = page.records.back().value;
  value.back() ^= 1U;
  ASSERT_TRUE(world.memory.commit({{}, {{page.records.back().key, false, value}}}).ok());
  wire::BackupBegin begin;
  begin.terms = with_passphrase();
  ASSERT_TRUE(world.owner->call(begin).ok());
  Code code = Code::ok;
  for (int i = 0; i < 10 && code == Code::ok; ++i) code = world.owner->call(wire::BackupRead{}).code;
  EXPECT_EQ(code, Code::corrupt);
}

TEST_F(BackupTest, OnlyTheOwnerMakesAndReadsThem) {
  ASSERT_EQ(world.owner->call(wire::Grant{kStranger, true}).code, Code::ok);
  Client stranger(*world.vault, kStranger);
  ASSERT_TRUE(stranger.call(wire::Hello{}).ok());
  wire::BackupBegin begin;
  begin.terms = with_passphrase();
  EXPECT_EQ(stranger.call(begin).code, Code::denied);
  EXPECT_EQ(stranger.call(wire::BackupRead{}).code, Code::invalid);
  const Backup backup = back_up(world, with_passphrase());
  EXPECT_EQ(
      stranger.call(wire::BackupOpen{.header = backup.pieces[0].octets, .keys = passphrase_keys()}).code,
      Code::denied);
}

TEST_F(BackupTest, FileHoldsNothingReadable) {
  const Backup backup = back_up(world, with_passphrase());
  const auto page = world.memory.range(Buffer{record::kRecordPrefix}, {}, 100).value();
  for (const Piece& piece : backup.pieces) {
    EXPECT_TRUE(std::ranges::search(piece.octets, Bytes(page.records[0].key).subspan(1)).empty());
  }
}

TEST_F(BackupTest, CustodiansRestoreTogether) {
  const Backup backup = back_up(world, with_custodians(3, 5));
  ASSERT_EQ(backup.shares.size(), 5U);
  EXPECT_EQ(read_back(other, backup.pieces, share_keys({backup.shares[0], backup.shares[1]}), true),
            Code::denied);
  EXPECT_EQ(read_back(other, backup.pieces,
                      share_keys({backup.shares[4], backup.shares[0], backup.shares[2]}), true),
            Code::ok);
  EXPECT_EQ(other.login(), Code::ok);
}

TEST_F(BackupTest, OperatorMakesBackupsWithoutASecret) {
  wire::BackupKeep keep;
  keep.terms = with_custodians(2, 3);
  keep.operators = {wire::user_principal(kStranger)};
  const auto kept = world.owner->call(keep);
  ASSERT_TRUE(kept.ok());
  const std::vector<std::string> shares = words_of(kept.reply.shares);
  ASSERT_EQ(world.owner->call(wire::Grant{kStranger, true}).code, Code::ok);
  ASSERT_TRUE(world.start().ok());
  world.owner = std::make_unique<Client>(*world.vault, kStranger);
  ASSERT_TRUE(world.owner->call(wire::Hello{}).ok());
  const Backup backup = back_up(world, {});
  EXPECT_TRUE(backup.shares.empty());
  wire::BackupBegin own;
  own.terms = with_passphrase();
  EXPECT_EQ(world.owner->call(own).code, Code::denied) << "for a passphrase of their own they could read it";
  EXPECT_EQ(world.owner->call(keep).code, Code::denied);
  ASSERT_TRUE(other.start(2).ok());
  EXPECT_EQ(read_back(other, backup.pieces, share_keys({shares[2], shares[0]}), true), Code::ok);
}

TEST_F(BackupTest, WhoMayNoLongerReadsNoFurther) {
  wire::BackupKeep keep;
  keep.terms = with_custodians(2, 3);
  keep.operators = {wire::user_principal(kStranger)};
  ASSERT_TRUE(world.owner->call(keep).ok());
  ASSERT_EQ(world.owner->call(wire::Grant{kStranger, true}).code, Code::ok);
  Client stranger(*world.vault, kStranger);
  ASSERT_TRUE(stranger.call(wire::Hello{}).ok());
  ASSERT_TRUE(stranger.call(wire::BackupBegin{}).ok());
  keep.operators.clear();
  ASSERT_TRUE(world.owner->call(keep).ok());
  EXPECT_EQ(stranger.call(wire::BackupRead{}).code, Code::denied);
  EXPECT_EQ(stranger.call(wire::BackupRead{}).code, Code::invalid) << "there is no such backup any more";
}

TEST_F(BackupTest, OneUserMakesOneAtATimeAndTheOwnerAlwaysMay) {
  std::vector<std::unique_ptr<Client>> clients;
  wire::BackupKeep keep;
  keep.terms = with_custodians(2, 3);
  for (std::uint32_t uid = kStranger; uid < kStranger + 4; ++uid) {
    keep.operators.push_back(wire::user_principal(uid));
    ASSERT_EQ(world.owner->call(wire::Grant{uid, true}).code, Code::ok);
  }
  ASSERT_TRUE(world.owner->call(keep).ok());
  const auto begin = [&](std::uint32_t uid) {
    clients.push_back(std::make_unique<Client>(*world.vault, uid));
    EXPECT_TRUE(clients.back()->call(wire::Hello{}).ok());
    return clients.back()->call(wire::BackupBegin{}).code;
  };
  EXPECT_EQ(begin(kStranger), Code::ok);
  EXPECT_EQ(clients.back()->call(wire::BackupBegin{}).code, Code::ok) << "in place of the one before";
  EXPECT_EQ(begin(kStranger), Code::limit) << "a second one beside it";
  EXPECT_EQ(begin(kStranger + 1), Code::ok);
  EXPECT_EQ(begin(kStranger + 2), Code::ok);
  EXPECT_EQ(begin(kStranger + 3), Code::limit) << "the last place is the owner's";
  EXPECT_TRUE(world.owner->call(wire::BackupBegin{}).ok());
  clients.clear();
  EXPECT_EQ(begin(kStranger + 3), Code::ok) << "who has left makes room";
}

TEST_F(BackupTest, WithoutAKeptLockThereIsNoBackupWithoutTerms) {
  EXPECT_EQ(world.owner->call(wire::BackupBegin{}).code, Code::not_found);
}

TEST_F(BackupTest, RehearsalNamesTheWrongShare) {
  const Backup backup = back_up(world, with_custodians(2, 3));
  const Backup stranger = back_up(world, with_custodians(2, 3));
  std::string slip = backup.shares[1];
  slip[1] = slip[1] == 'a' ? 'o' : 'a';
  wire::BackupRehearse rehearse{
      .header = backup.pieces[0].octets,
      .keys = share_keys({backup.shares[0], slip, stranger.shares[1], backup.shares[0], backup.shares[2]})};
  const auto told = world.owner->call(rehearse);
  ASSERT_TRUE(told.ok());
  EXPECT_FALSE(told.reply.opens);
  using enum wire::ShareVerdict;
  EXPECT_EQ(told.reply.shares, (std::vector{good, damaged, other_set, repeated, good}));
  rehearse.keys = share_keys({backup.shares[2], backup.shares[1]});
  EXPECT_TRUE(world.owner->call(rehearse).reply.opens);
}

TEST(Share, ForgedShareWithTheRightChecksumIsNamed) {
  const auto made = make_backup_lock(with_custodians(2, 2)).value();
  auto forged = read_share(made.shares[0].reveal()).value();
  forged.share.value.reveal()[0] ^= 1U;
  wire::BackupKeys keys;
  keys.shares.push_back({write_share(made.lock.set, 2, forged.share)});
  EXPECT_EQ(check_shares(made.lock, keys.shares)[0], wire::ShareVerdict::wrong);
}

TEST(Share, RefusesAnythingButAShare) {
  EXPECT_FALSE(read_share({}).ok());
  EXPECT_FALSE(read_share(as_bytes("babor")).ok());
  EXPECT_FALSE(read_share(as_bytes("COFFER-")).ok());
  EXPECT_FALSE(read_share(as_bytes("COFFER-zz")).ok());
}

}  // namespace
}  // namespace coffer::vault
