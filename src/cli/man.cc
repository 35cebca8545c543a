// Man page: roff out of the table.
#include "cli/man.h"

#include <algorithm>
#include <array>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/version.h"

namespace coffer::cli {

namespace {

// escaped makes text safe in a line of roff: backslashes and dashes are literal, and a line that begins with
// a control character gets an empty escape in front.
std::string escaped(std::string_view text) {
  std::string output;
  if (text.starts_with('.') || text.starts_with('\'')) output += "\\&";
  for (const char character : text) {
    if (character == '\\') {
      output += "\\e";
    } else if (character == '-') {
      output += "\\-";
    } else if (character == '\'') {
      output += "\\(aq";
    } else if (character == '|') {
      output += "|\\:";
    } else {
      output += character;
    }
  }
  return output;
}

void line(std::string& output, std::string_view text) {
  output += escaped(text);
  output += '\n';
}

void option_entry(std::string& output, const Option& option) {
  output += ".TP\n.B ";
  if (!option.short_name.empty()) output += escaped(option.short_name) + ", ";
  output += escaped(option.name);
  if (!option.argument.empty()) output += ' ' + escaped(option.argument);
  output += '\n';
  line(output, std::string(option.help) + limit_text(option.limit, option.repeats) + '.');
}

void details(std::string& output, std::string_view text) {
  bool in_example = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view part = text.substr(0, end);
    const bool is_example = part.starts_with(' ');
    if (is_example && !in_example) output += ".PP\n.nf\n.RS\n";
    if (!is_example && in_example) output += ".RE\n.fi\n";
    in_example = is_example;
    if (part.empty()) {
      output += ".PP\n";
    } else {
      line(output, is_example ? part.substr(1) : part);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (in_example) output += ".RE\n.fi\n";
}

void command_section(std::string& output, const Command& command) {
  output += ".SS " + escaped(usage_line(command)) + '\n';
  line(output, std::string(command.summary) + '.');
  if (!command.details.empty()) {
    output += ".PP\n";
    details(output, command.details);
  }
  for (const Operand& operand : command.operands) {
    output += ".TP\n.I " + escaped(operand.placeholder.empty() ? operand.name : operand.placeholder) + '\n';
    line(output, operand_text(operand) + '.');
  }
  for (const Option& option : command.options) option_entry(output, option);
}

struct Entry {
  std::string_view name;
  std::string_view text;
};

constexpr auto kExitCodes = std::to_array<Entry>({
    {"0", "The command did what it was asked to."},
    {"1", "It was refused or failed, or a fault was found."},
    {"2", "The command line makes no sense."},
    {"3", "The vault is locked; see 'coffer unlock'."},
    {"4", "The vault does not run or does not answer; see 'coffer up'."},
    {"5", "There is no vault yet; see 'coffer init'."},
    {"6", "The vault's store was set back or tampered with; see 'coffer help recover'."},
    {"7", "A newer Coffer wrote the vault: use that program. Nothing was touched."},
});

constexpr auto kVariables = std::to_array<Entry>({
    {"COFFER_HOME", "The directory of the vault, when --home is not given."},
    {"XDG_DATA_HOME",
     "Without COFFER_HOME, the vault is in its directory coffer; root looks into /var/lib/coffer "
     "first. When it is not set, or not absolute, the vault is in ~/.local/share/coffer."},
    {"COFFER_AUTOSTART", "When it is 0, commands do not start a vault that does not run, and exit with 4."},
    {"COFFER_BIN",
     "The program with which libcoffer-pkcs11.so starts a vault, instead of the one that it finds."},
    {"COFFER_DEBUG",
     "When it is 1, libcoffer-pkcs11.so says on standard error which calls were refused, with which value "
     "and "
     "why. When it is 0, it does not even "
     "say, once a process, that it found no vault and where it looked."},
});

constexpr auto kFiles = std::to_array<Entry>({
    {"format", "The number of the directory's format; a program that does not know it touches nothing."},
    {"host.key",
     "32 random octets: what a vault without a passphrase is sealed with, and half of what a vault with "
     "one is. Who has it and the store has the keys of a vault without a passphrase."},
    {"store/", "store.db: sealed records, in SQLite. It is of no use without host.key (and the passphrase)."},
    {"audit/",
     "The audit log: lines of JSON, chained by hashes, with signed checkpoints. And mark, the high-water "
     "mark: tells a store that was set back in time; mark.new is the room for the next one."},
    {"run/",
     "chip.sock, where the vault is asked; guard.pid, who watches over it; progress, what a start that takes "
     "long is at."},
    {"log", "What the vault's processes say on standard error; log.old is the one before, from 16 MiB on."},
    {"config", "Lines 'key = value' about the vault, for people."},
});

void entries(std::string& output, std::string_view heading, std::span<const Entry> list) {
  output += heading;
  for (const Entry& each : list) {
    output += ".TP\n.B " + escaped(each.name) + '\n';
    line(output, each.text);
  }
}

}  // namespace

std::string man_page() {
  std::string output = ".TH COFFER 1 \"\" \"coffer " + std::string(kVersion) + "\" \"Coffer\"\n";
  output += ".SH NAME\ncoffer \\- a software security module: keys that never leave their process\n";
  output += ".SH SYNOPSIS\n.B coffer\n[\\-\\-home DIR] [\\-\\-json] COMMAND [OPTIONS]\n";
  output += ".SH DESCRIPTION\n";
  line(output,
       "Coffer keeps keys in one sandboxed process, the chip, and uses them for whoever may ask: "
       "applications through "
       "PKCS#11, and people and scripts through this command. Nothing outside the chip ever sees a secret "
       "key.");
  output += ".PP\n";
  line(output,
       "Secrets are read from files or typed on the terminal; they are never part of a command line.");
  output += ".SH OPTIONS\nEvery command takes these:\n";
  for (const Option& option : global_options()) option_entry(output, option);
  output += ".SH THE VAULT\n";
  for (const Command* command : commands()) {
    if (!command->is_hidden && group_of(*command).empty()) command_section(output, *command);
  }
  for (const Group& group : groups()) {
    output += ".SH COFFER " + std::string(group.name) + '\n';
    line(output, std::string(group.summary) + '.');
    for (const Command* command : commands()) {
      if (!command->is_hidden && group_of(*command) == group.name) command_section(output, *command);
    }
  }
  entries(output, ".SH EXIT STATUS\n", kExitCodes);
  entries(output, ".SH ENVIRONMENT\n", kVariables);
  entries(output, ".SH FILES\nIn the vault\\(aqs directory:\n", kFiles);
  output += ".SH SEE ALSO\n.BR ssh\\-keygen (1),\n.BR sshd_config (5),\n.BR pkcs11\\-tool (1)\n";
  return output;
}

}  // namespace coffer::cli
