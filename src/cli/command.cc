// Command table: the rows in the order of help, the groups, and the options of every command.
#include "cli/command.h"

#include <algorithm>
#include <array>

#include "cli/registry.h"

namespace coffer::cli {

namespace {

constexpr auto kGlobalOptions = std::to_array<Option>({
    {"--home", "", "DIR", "Directory of the vault (default: $COFFER_HOME, else the user's own)"},
    {"--json", "", "", "Print JSON with stable names of fields"},
    {"--help", "-h", "", "Print help and exit"},
    {"--version", "", "", "Print the version and exit"},
});

constexpr auto kGroups = std::to_array<Group>({
    {"token", "Tokens, each with its own PINs and keys"},
    {"operator", "People with a name and a PIN of their own at a token"},
    {"key", "Keys in a token"},
    {"ca", "Certificate authorities for SSH"},
    {"grant", "Users who may use the vault"},
    {"net", "Clients on other machines, seen from the vault"},
    {"link", "A vault on another machine, seen from here"},
    {"audit", "The audit log"},
    {"backup", "Backups of the whole vault"},
    {"tamper", "What is done about tampering"},
});

constexpr auto kCommands = std::to_array<const Command*>({
    &kInit,        &kUp,           &kDown,           &kStatus,         &kLock,
    &kUnlock,      &kRecover,      &kZeroize,        &kHelp,           &kVersionCommand,
    &kCompletion,  &kMan,          &kTokenCreate,    &kTokenList,      &kTokenDestroy,
    &kTokenPolicy, &kTokenLegacy,  &kTokenPin,       &kTokenTries,     &kTokenUnlock,
    &kOperatorAdd, &kOperatorList, &kOperatorRemove, &kOperatorUnlock, &kKeyGenerate,
    &kKeyList,     &kKeyShow,      &kKeyDestroy,     &kKeySign,        &kKeyVerify,
    &kKeyEncrypt,  &kKeyDecrypt,   &kKeyPublic,      &kKeyPolicy,      &kKeyDeleted,
    &kKeyUndelete, &kCaCreate,     &kCaShow,         &kCaList,         &kCaSign,
    &kGrantAdd,    &kGrantRemove,  &kGrantList,      &kAuditShow,      &kAuditVerify,
    &kBackupKeep,  &kBackupCreate, &kBackupVerify,   &kBackupRehearse, &kBackupRestore,
    &kNetEnable,   &kNetDisable,   &kNetEnrollToken, &kNetList,        &kNetRevoke,
    &kLinkJoin,    &kLinkUp,       &kLinkDown,       &kLinkStatus,     &kTamperShow,
    &kTamperSet,   &kTamperClear,  &kTamperDuress,
});

}  // namespace

std::span<const Option> global_options() { return kGlobalOptions; }

std::span<const Command* const> commands() { return kCommands; }

std::span<const Group> groups() { return kGroups; }

const Command* find_command(std::string_view name) {
  const auto* place = std::ranges::find(kCommands, name, &Command::name);
  return place == kCommands.end() ? nullptr : *place;
}

const Group* find_group(std::string_view name) {
  const auto* place = std::ranges::find(kGroups, name, &Group::name);
  return place == kGroups.end() ? nullptr : &*place;
}

std::string_view group_of(const Command& command) {
  const std::size_t blank = command.name.find(' ');
  return blank == std::string_view::npos ? std::string_view() : command.name.substr(0, blank);
}

std::string limit_text(const Limit& limit, bool repeats) {
  std::string text;
  if (limit.bytes != 0) text += ", at most " + std::to_string(limit.bytes) + " octets";
  if (!repeats) return text;
  text += "; may be repeated";
  if (limit.times != 0) text += ", up to " + std::to_string(limit.times) + " times";
  return text;
}

bool is_choice(std::string_view argument, std::string_view value) {
  if (argument.find('|') == std::string_view::npos) return true;
  while (!argument.empty()) {
    const std::size_t end = std::min(argument.find('|'), argument.size());
    if (argument.substr(0, end) == value) return true;
    argument.remove_prefix(std::min(end + 1, argument.size()));
  }
  return false;
}

}  // namespace coffer::cli
