// coffer backup keep: chooses once what backups are sealed for.
#include <array>

#include "cli/backup/backup_session.h"
#include "cli/backup/shares.h"
#include "cli/chip.h"
#include "cli/registry.h"
#include "cli/user.h"
#include "wire/limits.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  wire::BackupKeep request;
  request.terms = TRY(read_backup_terms(invocation));
  if (request.terms.choice == wire::BackupChoice::kept) {
    return invocation.usage(
        "say what shall open the backups: --custodians (3/5: three of five) or --passphrase-file");
  }
  for (const std::string& user : invocation.arguments.values("--operator")) {
    request.operators.push_back(wire::user_principal(TRY(find_user(invocation, user))));
  }
  Chip chip = TRY(Chip::connect(invocation));
  const auto reply = TRY(chip.call(request, kBackupMilliseconds));
  const auto directory = invocation.arguments.value("--shares");
  if (directory) TRY(write_shares(invocation, *directory, request.terms, reply.shares));
  const std::vector<wire::ShareWords> none;
  const auto& shown = directory ? none : reply.shares;
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("operators", request.operators.size());
    list_shares(json.key("shares"), shown);
    json.end_object();
    invocation.print_json(json);
    return {};
  }
  print_shares(invocation.output, request.terms, shown);
  invocation.output.line("backups: 'coffer backup create FILE' needs no secret from now on");
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    kTermOptions[0],
    kTermOptions[1],
    kTermOptions[2],
    kTermOptions[3],
    {"--operator",
     "",
     "USER",
     "A user who may make backups besides the owner",
     false,
     true,
     {.times = wire::kGrantsMax}},
});

}  // namespace

constinit const Command kBackupKeep{
    .name = "backup keep",
    .summary = "Choose once what backups are sealed for",
    .details =
        "The vault keeps, sealed, the key that a passphrase or M of N custodians open. Whoever makes a "
        "backup "
        "then needs no secret and learns none; operators may do nothing else by it (they must be granted the "
        "vault too). Backups made before keep their own lock.\n"
        "\n"
        " coffer backup keep --custodians 3/5 --shares /mnt/shares --operator backup\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
