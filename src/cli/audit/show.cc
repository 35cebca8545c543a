// coffer audit show: prints the last lines of the audit log.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "cli/audit/log_files.h"
#include "cli/chip.h"
#include "cli/registry.h"
#include "cli/user.h"
#include "codec/json_reader.h"
#include "host/vault_home.h"

namespace coffer::cli {

namespace {

constexpr std::string_view kLastDefault = "20";

// value_text gives a principal by its kind and name.
std::string value_text(const codec::JsonValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return printable(*text);
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  std::string text;
  for (const codec::JsonField& field : std::get<codec::JsonFields>(value)) {
    if (field.name != "id") text += (text.empty() ? "" : ":") + value_text(field.value);
  }
  return text;
}

// as_text_line shows who did what, without the chaining; a line that is no JSON is shown as it is.
std::string as_text_line(std::string_view line) {
  const auto object = codec::parse_json_line(line);
  if (!object.ok()) return printable(line);
  constexpr auto kInFront = std::to_array<std::string_view>({"seq", "time", "event", "result"});
  constexpr auto kLeftOut = std::to_array<std::string_view>({"v", "prev", "signature", "key"});
  std::string text;
  for (const codec::JsonField& field : object.value().fields()) {
    if (std::ranges::find(kLeftOut, field.name) != kLeftOut.end()) continue;
    if (!text.empty()) text += ' ';
    const bool in_front = std::ranges::find(kInFront, field.name) != kInFront.end();
    if (!in_front) text += printable(field.name) + '=';
    text += value_text(field.value);
  }
  return text;
}

// last_lines collects the last `count` lines, oldest first, reading no more files than it must.
Result<std::vector<std::string>> last_lines(const std::string& directory, std::size_t count) {
  std::vector<std::string> names = TRY(audit_file_names(directory));
  std::vector<std::string> newest_first;
  while (!names.empty() && newest_first.size() < count) {
    LogFile file;
    TRY(read_log_file(directory, names.back(), file));
    names.pop_back();
    while (!file.lines.empty() && newest_first.size() < count) {
      newest_first.emplace_back(file.lines.back());
      file.lines.pop_back();
    }
  }
  std::ranges::reverse(newest_first);
  return newest_first;
}

Result<std::size_t> wanted_count(Invocation& invocation) {
  const std::string text = invocation.arguments.value_or("--last", kLastDefault);
  std::size_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) {
    return invocation.usage("--last takes a number of lines, and not '" + text + "'");
  }
  return count == 0 ? std::numeric_limits<std::size_t>::max() : count;
}

Status execute(Invocation& invocation) {
  const std::size_t count = TRY(wanted_count(invocation));
  const std::string directory =
      invocation.arguments.value_or("--directory", host::vault_audit(invocation.home));
  const auto lines = last_lines(directory, count);
  if (!lines.ok()) {
    if (lines.error().code == Code::not_found && !vault_exists(invocation.home)) {
      return invocation.fail(Code::not_initialized, "there is no vault in " + invocation.home,
                             "run 'coffer init'");
    }
    return invocation.fail(
        lines.error().code,
        "the audit log in " + directory + " cannot be read: " + std::string(lines.error().text),
        "run this as the owner of the vault");
  }
  for (const std::string& line : lines.value()) {
    invocation.output.line(invocation.json ? line : as_text_line(line));
  }
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--last", "", "N", "Print the last N lines (default: 20); 0 prints all"},
    {"--directory", "", "DIR", "Read a log elsewhere (default: audit in the vault's directory)"},
});

}  // namespace

constinit const Command kAuditShow{
    .name = "audit show",
    .summary = "Print the last lines of the audit log",
    .details =
        "Every decision of the vault is a line: number, time, what was done, how it ended, and by whom. With "
        "--json "
        "the lines are printed as they are in the log, one JSON text a line. The log is read directly, so "
        "that this "
        "works without a running vault; 'coffer audit verify' tells whether to believe it.\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
