// coffer backup verify: proves a file good without restoring it.
#include <array>
#include <optional>

#include "cli/backup/aside_vault.h"
#include "cli/backup/backup_keys.h"
#include "cli/backup/backup_session.h"
#include "cli/registry.h"
#include "codec/binary.h"
#include "crypto/operation.h"

namespace coffer::cli {

namespace {

constexpr std::uint32_t kMechanismEddsa = 0x1057;

void print_outcome(Invocation& invocation, const BackupFile& file,
                   const std::optional<wire::BackupFinishReply>& content) {
  const wire::BackupHeader& header = file.header();
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("ok", true);
    json.field("backup", to_hex(header.id));
    json.field("realm", to_hex(header.realm));
    json.field("created", header.created);
    json.field("opened_by", lock_text(header.lock));
    json.field("bytes", file.size());
    json.field("audit_key", to_hex(header.audit_key));
    json.field("opened", content.has_value());
    if (content) {
      json.field("records", content->record_count);
      json.field("tokens", content->token_count);
      json.field("objects", content->object_count);
      json.field("authorities", content->authority_count);
    }
    json.end_object();
    return invocation.print_json(json);
  }
  Output& output = invocation.output;
  output.line("backup:    " + to_hex(header.id) + " of vault " + to_hex(header.realm));
  output.line("opened by: " + lock_text(header.lock));
  if (content) {
    output.line("holds:     " + std::to_string(content->token_count) + " tokens with " +
                std::to_string(content->object_count) + " objects, " +
                std::to_string(content->authority_count) + " certificate authorities");
    output.line("good:      every record opens, and none is missing");
  } else {
    output.line("whole:     the file is as the vault with the audit key " + to_hex(header.audit_key) +
                " signed it");
    output.line("note:      what is inside was not looked at; compare the key with 'coffer audit verify'");
  }
}

// verify_without_keys checks the digest and the vault's signature.
Status verify_without_keys(Invocation& invocation, BackupFile& file) {
  std::optional<wire::BackupSeal> seal;
  for (;;) {
    const auto piece = TRY(file.next(invocation));
    if (!piece) break;
    if (piece->kind != wire::PieceKind::seal) continue;
    if (auto decoded = codec::decode<wire::BackupSeal>(piece->octets); decoded.ok()) seal = decoded.value();
  }
  const auto key = crypto::PublicKey::from_point(crypto::Curve::ed25519, file.header().audit_key);
  Buffer statement = to_buffer(as_bytes(wire::kBackupStatement));
  append(statement, file.digest());
  if (seal && key.ok() && seal->digest == file.digest() &&
      crypto::verify(key.value(), {.mechanism = kMechanismEddsa}, statement, seal->signature).ok()) {
    return {};
  }
  return invocation.fail(Code::corrupt, "the backup is damaged or cut off", "take another copy of it");
}

Result<wire::BackupFinishReply> verify_with(Invocation& invocation, BackupFile& file) {
  wire::BackupKeys keys = TRY(read_backup_keys(invocation, file.header().lock));
  Chip chip = TRY(Chip::connect(invocation));
  TRY(check_keys(invocation, chip, file, keys));
  TRY(chip.tell(wire::BackupOpen{.header = file.header_octets(), .keys = std::move(keys)},
                kBackupMilliseconds));
  TRY(feed(invocation, chip, file));
  return chip.call(wire::BackupFinish{}, kBackupMilliseconds);
}

Status execute(Invocation& invocation) {
  auto file = TRY(BackupFile::open(invocation, invocation.arguments.operands()[0]));
  if (invocation.arguments.has("--without-keys")) {
    TRY(verify_without_keys(invocation, file));
    print_outcome(invocation, file, std::nullopt);
    return {};
  }
  std::optional<AsideVault> aside;
  if (!vault_exists(invocation.home)) aside.emplace(TRY(AsideVault::create_temporary(invocation)));
  print_outcome(invocation, file, TRY(verify_with(invocation, file)));
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    kKeyOptions[0],
    kKeyOptions[1],
    {"--without-keys", "", "", "Check only that the file is whole and signed; opens nothing, starts nothing"},
});
constexpr auto kOperands = std::to_array<Operand>({{"FILE", "The backup"}});

}  // namespace

constinit const Command kBackupVerify{
    .name = "backup verify",
    .summary = "Prove that a backup is good, without restoring it",
    .details =
        "Opens the file with its passphrase or its custodians' shares and checks that every record in it "
        "opens, in the "
        "right version, and that none is missing. Nothing is changed. The chip of the vault does it; where "
        "there is no "
        "vault, one without content is started for as long as it takes.\n"
        "\n"
        "With --without-keys nothing secret is needed: the file is whole when its digest and the vault's "
        "signature are "
        "right.\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
