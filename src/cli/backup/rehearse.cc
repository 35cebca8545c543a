// coffer backup rehearse: custodians try whether their shares open a backup.
#include <array>
#include <optional>

#include "cli/backup/aside_vault.h"
#include "cli/backup/backup_keys.h"
#include "cli/backup/backup_session.h"
#include "cli/registry.h"

namespace coffer::cli {

namespace {

void print_outcome(Invocation& invocation, const wire::BackupRehearseReply& reply) {
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("opens", reply.opens);
    json.key("shares").begin_array();
    for (const wire::ShareVerdict verdict : reply.shares) json.value(verdict_text(verdict));
    json.end_array();
    json.end_object();
    return invocation.print_json(json);
  }
  for (std::size_t i = 0; i < reply.shares.size(); ++i) {
    invocation.output.line("share " + std::to_string(i + 1) + ": " +
                           std::string(verdict_text(reply.shares[i])));
  }
  invocation.output.line(reply.opens ? "these open the backup; nothing was changed"
                                     : "these do not open the backup");
}

Status execute(Invocation& invocation) {
  auto file = TRY(BackupFile::open(invocation, invocation.arguments.operands()[0]));
  wire::BackupRehearse request{.header = file.header_octets(), .keys = {}};
  request.keys = TRY(read_backup_keys(invocation, file.header().lock));
  std::optional<AsideVault> aside;
  if (!vault_exists(invocation.home)) aside.emplace(TRY(AsideVault::create_temporary(invocation)));
  Chip chip = TRY(Chip::connect(invocation));
  const auto reply = TRY(chip.call(request, kBackupMilliseconds));
  print_outcome(invocation, reply);
  if (!reply.opens) invocation.exit_with(kExitFailed);
  return {};
}

constexpr auto kOperands = std::to_array<Operand>({{"FILE", "The backup"}});

}  // namespace

constinit const Command kBackupRehearse{
    .name = "backup rehearse",
    .summary = "Let custodians try their shares",
    .details =
        "Asks for the shares, or reads them from files, and tells about each whether it is good, misspelt, "
        "of "
        "another "
        "backup, or wrong, and whether together they open the backup. Nothing is changed, and no share is "
        "shown or "
        "kept. The exit code is 1 when they do not open it.\n",
    .options = kKeyOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
