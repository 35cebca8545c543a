// coffer backup create: one encrypted file with everything in the vault.
#include <array>
#include <string>
#include <vector>

#include "cli/backup/backup_keys.h"
#include "cli/backup/backup_session.h"
#include "cli/backup/shares.h"
#include "cli/chip.h"
#include "cli/registry.h"
#include "cli/token/find_token.h"
#include "host/new_file.h"
#include "wire/operator_messages.h"

namespace coffer::cli {

namespace {

Error unwritable(Invocation& invocation, const std::string& path, const Error& error) {
  return invocation.fail(error.code == Code::disk_full ? Code::disk_full : Code::denied,
                         path + " cannot be written: " + std::string(error.text),
                         error.code == Code::disk_full ? "make room on the disk, then try again"
                                                       : "check its directory, and who may write there");
}

// Written is what a finished file holds.
struct Written {
  wire::BackupHeader header;
  std::uint64_t record_count = 0;
  std::uint64_t bytes = 0;
};

Result<Written> write_file(Invocation& invocation, Chip& chip, const wire::BackupBeginReply& begun,
                           const std::string& path) {
  auto file = host::NewFile::create(path);
  if (!file.ok()) return unwritable(invocation, path, file.error());
  Written written;
  constexpr std::size_t kBefore = wire::kBackupMagic.size() + wire::PieceHead::kBytes;
  written.header = TRY(wire::decode_backup_header(Bytes(begun.octets).subspan(kBefore)));
  Status status = file.value().append(begun.octets);
  for (bool is_last = false; status.ok() && !is_last;) {
    const auto reply = TRY(chip.call(wire::BackupRead{}, kBackupMilliseconds));
    is_last = reply.is_last;
    written.record_count = reply.record_count;
    status = file.value().append(reply.octets);
    show_count(reply.record_count, is_last);
  }
  if (status.ok()) status = file.value().finish();
  if (!status.ok()) return unwritable(invocation, path, status.error());
  written.bytes = file.value().size();
  return written;
}

void print_outcome(Invocation& invocation, const std::string& path, const wire::BackupTerms& terms,
                   const Written& written, const std::vector<wire::ShareWords>& shares) {
  const bool prints_shares = !invocation.arguments.has("--shares");
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("file", path);
    json.field("backup", to_hex(written.header.id));
    json.field("records", written.record_count);
    json.field("bytes", written.bytes);
    json.field("opened_by", lock_text(written.header.lock));
    if (prints_shares && !shares.empty()) list_shares(json.key("shares"), shares);
    json.end_object();
    return invocation.print_json(json);
  }
  Output& output = invocation.output;
  output.line("backup: " + printable(path) + ", " + std::to_string(written.record_count) + " records, " +
              std::to_string(written.bytes) + " octets");
  output.line("opened by: " + lock_text(written.header.lock));
  if (prints_shares) print_shares(output, terms, shares);
  output.line("next: 'coffer backup verify " + printable(path) + "' before you rely on it");
}

Status execute(Invocation& invocation) {
  const std::string& path = invocation.arguments.operands()[0];
  wire::BackupBegin request;
  request.terms = TRY(read_backup_terms(invocation));
  Chip chip = TRY(Chip::connect(invocation));
  if (const auto name = invocation.arguments.value("--operator")) {
    const auto token = TRY(find_token(invocation, chip, invocation.arguments.value_or("--token", "")));
    TRY(log_in_as_operator(invocation, chip, token, *name));
  }
  const auto begun = TRY(chip.call(request, kBackupMilliseconds));
  const auto written = TRY(write_file(invocation, chip, begun, path));
  if (const auto directory = invocation.arguments.value("--shares"); directory && !begun.shares.empty()) {
    TRY(write_shares(invocation, *directory, request.terms, begun.shares));
  }
  print_outcome(invocation, path, request.terms, written, begun.shares);
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    kTermOptions[0],
    kTermOptions[1],
    kTermOptions[2],
    kTermOptions[3],
    {.name = "--operator",
     .argument = "NAME",
     .help = "Log in as this operator of a token, whose role must be 'backup'",
     .limit = {.bytes = wire::kOperatorNameBytesMax}},
    {"--token", "", "LABEL", "The operator's token (default: the only one)"},
    {"--pin-file", "", "FILE", "Read the operator's PIN from a file instead of asking for it"},
});
constexpr auto kOperands = std::to_array<Operand>({{"FILE", "The file to make; an older one is replaced"}});

}  // namespace

constinit const Command kBackupCreate{
    .name = "backup create",
    .summary = "Write everything in the vault into one encrypted file",
    .details =
        "The chip seals the file: tokens, keys, PINs with their counts of wrong tries, authorities and "
        "grants, as they "
        "were at one moment; the vault goes on working meanwhile. Whoever makes or keeps the file can read "
        "nothing in "
        "it. A passphrase opens it, or any M of N custodians, each with a share that is shown once, now. "
        "Without either it is sealed for what 'coffer backup keep' chose, which is all that operators may "
        "do.\n"
        "\n"
        "The file appears when it is whole. It does not hold the audit log. A share is a line of words; the "
        "second line "
        "of a share's file is the same for machines: 'qrencode' makes a picture of it.\n"
        "\n"
        " coffer backup create /mnt/vault.backup --passphrase-file ~/backup-passphrase\n"
        " coffer backup create /mnt/vault.backup --custodians 3/5 --shares /mnt/shares\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
