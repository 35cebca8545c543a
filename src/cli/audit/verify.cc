// coffer audit verify: verifies the audit log with its public key alone.
#include <unistd.h>

#include <array>

#include "cli/audit/log_verifier.h"
#include "cli/chip.h"
#include "cli/registry.h"
#include "host/file.h"
#include "host/vault_home.h"

namespace coffer::cli {

namespace {

// KeySource says where the key came from, and so what the verdict is worth.
enum class KeySource : std::uint8_t { given, vault, log, none };

std::string_view source_word(KeySource source) {
  switch (source) {
    case KeySource::given: return "given";
    case KeySource::vault: return "vault";
    case KeySource::log: return "log";
    case KeySource::none: return "none";
  }
  return "none";
}

std::string_view source_sentence(KeySource source) {
  switch (source) {
    case KeySource::given: return "the one that was given";
    case KeySource::vault: return "the one that the running vault names";
    case KeySource::log:
      return "the one in the log itself: it proves nothing against somebody who wrote the whole log anew; "
             "keep the "
             "key elsewhere and give it with --public-key";
    case KeySource::none: return "none: nothing in this log is signed";
  }
  return "";
}

struct Known {
  std::optional<AuditKey> key;
  KeySource source = KeySource::none;
  std::optional<LogHead> head;
  std::string head_text = "not checked: a log in another directory may be older than the vault";
};

Result<AuditKey> given_key(Invocation& invocation, const std::string& text) {
  std::string digits = text;
  if (host::file_exists(text)) {
    constexpr std::size_t kKeyFileBytesMax = 4096;
    auto content = host::read_file(text, kKeyFileBytesMax);
    if (!content.ok())
      return invocation.fail(Code::denied, text + " cannot be read", "check who may read it");
    digits = std::string(as_text(content.value()));
    while (!digits.empty() && (digits.back() == '\n' || digits.back() == '\r' || digits.back() == ' '))
      digits.pop_back();
  }
  const auto key = hex_key(digits);
  if (key.ok()) return key;
  return invocation.usage("--public-key takes 64 hexadecimal digits, or a file with them");
}

// ask_vault learns where the log ends, before the log is read: what is written meanwhile is behind that line.
void ask_vault(Invocation& invocation, Known& known) {
  auto chip = Chip::connect(invocation, Autostart::no);
  known.head_text =
      "not checked: the vault does not run, and only it knows whether lines are missing at the end";
  if (!chip.ok()) return;
  const auto head = chip.value().ask(wire::AuditHead{});
  known.head_text = "not checked: the vault does not tell where it is";
  if (!head.ok()) return;
  known.head = LogHead{.sequence = head.value().sequence, .hash = head.value().hash};
  if (known.key) return;
  known.key = head.value().public_key;
  known.source = KeySource::vault;
}

Error unreadable(Invocation& invocation, const std::string& directory, const Error& error) {
  if (error.code == Code::not_found && !vault_exists(invocation.home)) {
    return invocation.fail(Code::not_initialized, "there is no vault in " + invocation.home,
                           "run 'coffer init'");
  }
  if (error.code == Code::not_found) {
    return invocation.fail(Code::not_found, "there is no audit log in " + directory,
                           "check --home or --directory");
  }
  return invocation.fail(error.code,
                         "the audit log in " + directory + " cannot be read: " + std::string(error.text),
                         "run this as the owner of the vault");
}

struct Verdict {
  LogReport report;
  std::size_t file_count = 0;
  bool ends_inside_a_line = false;
};

// On a terminal people see how far it is; a large log takes a while.
void show_progress(std::size_t index, std::size_t count) {
  if (count < 2 || ::isatty(STDERR_FILENO) != 1) return;
  const std::string text = "\rfile " + std::to_string(index + 1) + " of " + std::to_string(count) +
                           (index + 1 == count ? "\n" : "");
  const Status shown = write_all(STDERR_FILENO, as_bytes(text));
  static_cast<void>(shown.ok());
}

Result<Verdict> verify(const std::string& directory, const Known& known) {
  const std::vector<std::string> names = TRY(audit_file_names(directory));
  LogVerifier verifier(known.key, known.head);
  Verdict verdict;
  verdict.file_count = names.size();
  for (std::size_t i = 0; i < names.size(); ++i) {
    show_progress(i, names.size());
    LogFile file;
    TRY(read_log_file(directory, names[i], file));
    std::uint64_t number = 0;
    for (const std::string_view line : file.lines) verifier.line(line, {.file = file.name, .line = ++number});
    const bool is_last = i + 1 == names.size();
    if (file.ends_inside_a_line && !is_last) verifier.broken({.file = file.name, .line = number + 1});
    if (is_last) verdict.ends_inside_a_line = file.ends_inside_a_line;
  }
  verdict.report = verifier.finish();
  return verdict;
}

void print_as_json(Invocation& invocation, const Verdict& verdict, const Known& known) {
  const LogReport& report = verdict.report;
  codec::JsonWriter json;
  json.begin_object();
  json.field("ok", !report.fault.has_value());
  json.field("lines", report.line_count);
  json.field("files", verdict.file_count);
  json.field("first_sequence", report.first_sequence);
  json.field("last_sequence", report.last_sequence);
  json.field("checkpoints", report.checkpoint_count);
  json.field("last_signed_sequence", report.last_signed_sequence);
  json.field("public_key", report.key ? to_hex(*report.key) : std::string());
  json.field("key_source", source_word(known.source));
  json.field("head_checked", report.head_checked);
  json.field("incomplete_line_at_end", verdict.ends_inside_a_line);
  if (report.fault) {
    json.key("fault").begin_object();
    json.field("file", report.fault->place.file).field("line", report.fault->place.line);
    json.field("sequence", report.fault->sequence).field("text", report.fault->text);
    json.end_object();
  }
  json.end_object();
  invocation.print_json(json);
}

void print_as_text(Invocation& invocation, const Verdict& verdict, const Known& known) {
  const LogReport& report = verdict.report;
  Output& output = invocation.output;
  output.line("audit log:   " + std::to_string(report.line_count) + " lines in " +
              std::to_string(verdict.file_count) + (verdict.file_count == 1 ? " file" : " files") +
              (report.fault ? " are right, then a fault" : ", all right"));
  if (report.first_sequence > 1) {
    output.line("begins:      at line " + std::to_string(report.first_sequence) +
                "; the files before it were moved away, and are not verified");
  }
  if (report.last_signed_sequence == 0) {
    output.line(report.fault ? "signed:      nothing in front of the fault"
                             : "signed:      nothing yet; the lines are only chained");
  } else {
    output.line("signed:      up to line " + std::to_string(report.last_signed_sequence) + " by " +
                std::to_string(report.checkpoint_count) + " checkpoints; what is behind is only chained");
  }
  output.line("key:         " + (report.key ? to_hex(*report.key) + ", " : std::string()) +
              std::string(source_sentence(known.source)));
  output.line("end:         " +
              (report.head_checked ? std::string("is what the vault has written") : known.head_text));
  if (verdict.ends_inside_a_line)
    output.line("note:        an incomplete line at the end is still being written, or never was");
}

Status execute(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  Known known;
  if (const auto text = arguments.value("--public-key")) {
    known.key = TRY(given_key(invocation, *text));
    known.source = KeySource::given;
  }
  const std::string directory = arguments.value_or("--directory", host::vault_audit(invocation.home));
  if (!arguments.has("--directory")) ask_vault(invocation, known);
  const auto verified = verify(directory, known);
  if (!verified.ok()) return unreadable(invocation, directory, verified.error());
  const Verdict& verdict = verified.value();
  if (known.source == KeySource::none && verdict.report.key) known.source = KeySource::log;
  if (verdict.report.fault) known.head_text = "not reached";
  if (invocation.json) {
    print_as_json(invocation, verdict, known);
  } else {
    print_as_text(invocation, verdict, known);
  }
  if (!verdict.report.fault) return {};
  const LogFault& fault = *verdict.report.fault;
  return invocation.fail(Code::internal,
                         "audit log, " + fault.place.file + " line " + std::to_string(fault.place.line) +
                             " (number " + std::to_string(fault.sequence) + "): " + fault.text,
                         "keep a copy of the log, and find out who could write to it");
}

constexpr auto kOptions = std::to_array<Option>({
    {"--public-key", "", "KEY", "The log's Ed25519 key: 64 hexadecimal digits, or a file with them"},
    {"--directory", "", "DIR",
     "Verify a log elsewhere, such as an archive (default: audit in the vault's directory)"},
});

}  // namespace

constinit const Command kAuditVerify{
    .name = "audit verify",
    .summary = "Verify the audit log: hashes, signatures, and that nothing is missing",
    .details =
        "Needs no running vault. Every line must name the hash of the line before it and have the next "
        "number, and "
        "every checkpoint must be signed with the log's key. When the vault runs, the end of the log must be "
        "where "
        "the vault is; otherwise nobody can tell whether lines at the end are missing.\n"
        "\n"
        "The key is the one of --public-key, else the one that the running vault names, else the one in the "
        "log's own "
        "line 'vault.initialize'. Only the first protects against somebody who can change both log and "
        "vault: write "
        "it down elsewhere when the vault is new.\n"
        "\n"
        "The exit code is 1 when there is a fault; the first one is named with its file and line.\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
