// coffer backup restore: a vault out of a backup, on this host.
#include <array>

#include "cli/backup/aside_vault.h"
#include "cli/backup/backup_keys.h"
#include "cli/backup/backup_session.h"
#include "cli/registry.h"
#include "cli/secret_input.h"
#include "host/file.h"
#include "host/vault_home.h"

namespace coffer::cli {

namespace {

constexpr std::size_t kPassphraseBytesMin = 8;

Status check_free(Invocation& invocation) {
  const auto names = host::list_directory(invocation.home);
  if (!names.ok() && names.error().code == Code::not_found) return {};
  if (names.ok() && names.value().empty()) return {};
  return invocation.fail(Code::exists, invocation.home + " is not empty",
                         "a backup is restored beside a vault, never over one: choose another --home");
}

Result<wire::BackupFinish> read_root_of_trust(Invocation& invocation) {
  wire::BackupFinish finish;
  if (invocation.arguments.value_or("--root-of-trust", "file") == "file") {
    if (invocation.arguments.has("--new-passphrase-file")) {
      return invocation.usage("--new-passphrase-file needs --root-of-trust passphrase");
    }
    return finish;
  }
  finish.root_of_trust = wire::RootOfTrust::passphrase;
  finish.passphrase = TRY(read_secret(invocation, {.what = "passphrase of the restored vault",
                                                   .option = "--new-passphrase-file",
                                                   .bytes_min = kPassphraseBytesMin,
                                                   .bytes_max = wire::kPassphraseBytesMax,
                                                   .is_new = true}));
  return finish;
}

Result<wire::BackupFinishReply> fill(Invocation& invocation, BackupFile& file, wire::BackupKeys keys,
                                     const wire::BackupFinish& finish) {
  Chip chip = TRY(Chip::connect_started(invocation));
  TRY(check_keys(invocation, chip, file, keys));
  TRY(chip.tell(wire::BackupOpen{.restores = true, .header = file.header_octets(), .keys = std::move(keys)},
                kBackupMilliseconds));
  TRY(feed(invocation, chip, file));
  auto reply = TRY(chip.call(finish, kBackupMilliseconds));
  const bool is_passphrase = finish.root_of_trust == wire::RootOfTrust::passphrase;
  const std::string config = std::string("root_of_trust = ") + (is_passphrase ? "passphrase" : "file") + '\n';
  if (!host::write_file_durably(host::vault_config(invocation.home), as_bytes(config)).ok()) {
    invocation.warn("the file config, which is only for people, could not be written");
  }
  return reply;
}

void print_outcome(Invocation& invocation, const wire::BackupFinishReply& content) {
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("home", invocation.home);
    json.field("records", content.record_count);
    json.field("tokens", content.token_count);
    json.field("objects", content.object_count);
    json.field("authorities", content.authority_count);
    json.end_object();
    return invocation.print_json(json);
  }
  invocation.output.line("vault: " + printable(invocation.home) + ", restored and running");
  invocation.output.line("holds: " + std::to_string(content.token_count) + " tokens with " +
                         std::to_string(content.object_count) + " objects, " +
                         std::to_string(content.authority_count) + " certificate authorities");
  invocation.output.line(
      "note:  two vaults with the same keys are twice as easy to steal: destroy the other one if it still "
      "runs");
}

Status execute(Invocation& invocation) {
  const std::string home = invocation.home;
  TRY(check_free(invocation));
  auto file = TRY(BackupFile::open(invocation, invocation.arguments.operands()[0]));
  wire::BackupKeys keys = TRY(read_backup_keys(invocation, file.header().lock));
  const wire::BackupFinish finish = TRY(read_root_of_trust(invocation));
  wire::BackupFinishReply content;
  {
    auto aside = TRY(AsideVault::create(invocation, home + ".restoring"));
    content = TRY(fill(invocation, file, std::move(keys), finish));
    TRY(aside.move_to(home));
  }
  const auto started = start_vault(invocation);
  if (!started.ok()) return started.error();
  print_outcome(invocation, content);
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    kKeyOptions[0],
    kKeyOptions[1],
    {"--root-of-trust", "", "file|passphrase",
     "What the restored vault's root key comes from here (default: file)"},
    {"--new-passphrase-file", "", "FILE", "Read the passphrase of the restored vault from a file"},
});
constexpr auto kOperands = std::to_array<Operand>({{"FILE", "The backup"}});

}  // namespace

constinit const Command kBackupRestore{
    .name = "backup restore",
    .summary = "Make a vault out of a backup, on this or another host",
    .details =
        "Builds the vault in HOME.restoring, under a new host.key, checks every record, and gives it the "
        "name HOME at "
        "the very end. Interrupted at any moment it leaves no vault at HOME; run it again. HOME must be "
        "empty or not "
        "there.\n"
        "\n"
        "Tokens, keys, PINs with their counts of wrong tries, authorities and grants are as they were when "
        "the backup "
        "was made. Logins of before are void. The audit log begins anew and says where the old one ended.\n"
        "\n"
        " coffer backup restore /mnt/vault.backup --passphrase-file p\n"
        " coffer backup restore /mnt/vault.backup --share-file s1 --share-file s4\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
