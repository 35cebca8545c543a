// The chapter "backup": making backups, looking whether they are good, restoring one on another host.
#include "pkcs11/pkcs11.h"
#include "tests/traces/chapters.h"
#include "tests/traces/scene.h"
#include "tests/traces/templates.h"
#include "vault/backup_pieces_test.h"
#include "wire/backup_messages.h"

namespace coffer::traces {
namespace {

using vault::cut;
using vault::Piece;
using vault::secret;
constexpr std::string_view kPassphrase = "correct horse";

std::vector<Piece> read(Speaker& speaker, const std::string& name, Buffer file) {
  bool is_last = false;
  for (int i = 1; !is_last && i < 10; ++i) {
    const auto piece = speaker.ask(name + ", piece " + std::to_string(i), wire::BackupRead{});
    append(file, piece.reply.octets);
    is_last = piece.reply.is_last || !piece.ok();
  }
  return cut(file);
}

wire::BackupTerms custodians() {
  wire::BackupTerms terms;
  terms.choice = wire::BackupChoice::custodians;
  terms.threshold = 2;
  terms.share_count = 3;
  return terms;
}

wire::BackupTerms passphrase() {
  wire::BackupTerms terms;
  terms.choice = wire::BackupChoice::passphrase;
  terms.passphrase = secret(kPassphrase);
  terms.stretch_milliseconds = 1;
  return terms;
}

wire::BackupKeys shares(const std::vector<wire::ShareWords>& words, std::size_t count) {
  wire::BackupKeys keys;
  for (std::size_t i = 0; i < count; ++i) keys.shares.push_back({clone(words.at(i))});
  return keys;
}

wire::BackupKeys phrase(std::string_view words) {
  wire::BackupKeys keys;
  keys.passphrase = secret(words);
  return keys;
}

void put(Speaker& speaker, const std::string& name, const std::vector<Piece>& pieces) {
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    speaker.ask(name + ", piece " + std::to_string(i),
                wire::BackupWrite{.kind = pieces[i].kind, .octets = pieces[i].octets});
  }
}

void restore(Scene& scene, const std::vector<Piece>& pieces) {
  scene.seed("start of another host");
  EXPECT_TRUE(scene.world().start(2).ok());
  const auto speaker = greeted(scene, vault::kOwner);
  Speaker& owner = *speaker;
  owner.refused(
      "a restoring with a wrong passphrase", Code::denied,
      wire::BackupOpen{.restores = true, .header = pieces[0].octets, .keys = phrase("wrong horse")});
  owner.ask("a restoring is begun",
            wire::BackupOpen{.restores = true, .header = pieces[0].octets, .keys = phrase(kPassphrase)});
  put(owner, "a restoring", pieces);
  owner.ask("a restored vault", wire::BackupFinish{.stretch_milliseconds = 1});
  scene.settle();
  owner.ask("the status of a restored vault", wire::StatusRequest{});
}

}  // namespace

Chapter backup_chapter() {
  House house("backup");
  Speaker& owner = *house.owner;
  log_in(owner, 0);
  owner.ask("a key of the token", p256_pair(0, {yes(vault::attribute::kToken)}));
  house.scene.settle();
  owner.refused("a backup for nothing that is kept", Code::not_found, wire::BackupBegin{});
  const auto kept = owner.ask("what opens backups is kept", wire::BackupKeep{.terms = custodians()});
  wire::BackupTerms short_terms = passphrase();
  short_terms.passphrase = secret("short");
  owner.refused("a short passphrase is kept", Code::pin_length,
                wire::BackupKeep{.terms = std::move(short_terms)});
  house.scene.settle();
  const auto begun = owner.ask("a backup for custodians", wire::BackupBegin{});
  const std::vector<Piece> for_custodians = read(owner, "a backup for custodians", begun.reply.octets);
  owner.refused("a piece too many", Code::invalid, wire::BackupRead{});
  owner.ask("a rehearsal with two shares",
            wire::BackupRehearse{.header = for_custodians[0].octets, .keys = shares(kept.reply.shares, 2)});
  owner.ask("a rehearsal with one share",
            wire::BackupRehearse{.header = for_custodians[0].octets, .keys = shares(kept.reply.shares, 1)});
  owner.refused("a rehearsal with no backup", Code::unsupported,
                wire::BackupRehearse{.header = kOctets16, .keys = {}});

  const auto other = owner.ask("a backup for a passphrase", wire::BackupBegin{.terms = passphrase()});
  const std::vector<Piece> pieces = read(owner, "a backup for a passphrase", other.reply.octets);
  owner.refused("a restoring over a vault", Code::exists,
                wire::BackupOpen{.restores = true, .header = pieces[0].octets, .keys = phrase(kPassphrase)});
  owner.ask("a verification is begun",
            wire::BackupOpen{.restores = false, .header = pieces[0].octets, .keys = phrase(kPassphrase)});
  put(owner, "a verification", pieces);
  owner.ask("a verified backup", wire::BackupFinish{.stretch_milliseconds = 1});
  owner.refused("a piece of nothing", Code::invalid,
                wire::BackupWrite{.kind = wire::PieceKind::records, .octets = kOctets16});
  owner.refused("the end of nothing", Code::invalid, wire::BackupFinish{.stretch_milliseconds = 1});

  Scene scene("backup");
  restore(scene, pieces);
  Chapter chapter = house.take();
  for (Exchange& each : scene.take().exchanges) chapter.exchanges.push_back(std::move(each));
  return chapter;
}

}  // namespace coffer::traces
