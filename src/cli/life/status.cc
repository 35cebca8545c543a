// coffer status: what the vault is doing, and how well it is protected.
#include <array>

#include "cli/assurance.h"
#include "cli/chip.h"
#include "cli/life/state_text.h"
#include "cli/registry.h"
#include "cli/tamper/tamper_text.h"
#include "host/file.h"
#include "host/keeper.h"
#include "host/vault_home.h"

namespace coffer::cli {

namespace {

constexpr std::string_view kLimit =
    "limit: root, or the hypervisor, of this machine can win against an unlocked vault; the protections stop "
    "other "
    "users, the applications themselves, core dumps, swap, and stolen disks of a vault with a passphrase";

// ---- a vault that does not run
// -----------------------------------------------------------------------------

Status stopped(Invocation& invocation) {
  const bool exists = vault_exists(invocation.home);
  const StateText& none = text_of(wire::VaultState::uninitialized);
  invocation.exit_with(exists ? kExitNotRunning : kExitNotInitialized);
  const auto keeper = TRY(host::find_keeper(invocation.home));
  const auto progress = start_progress(invocation.home);
  const bool hangs = keeper.has_value();
  const bool was_destroyed = !exists && host::file_exists(host::vault_erased(invocation.home));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("home", invocation.home);
    json.field("running", false);
    json.field("state", was_destroyed ? "destroyed"
                        : !exists     ? none.word
                        : progress    ? "starting"
                        : hangs       ? "unresponsive"
                                      : "stopped");
    if (hangs && keeper->is_known()) json.field("guard_pid", keeper->process.pid);
    if (progress) json.field("progress", *progress);
    json.end_object();
    invocation.print_json(json);
    return {};
  }
  std::string text = "not running: 'coffer up' starts it";
  if (!exists) text = none.sentence;
  if (was_destroyed)
    text = "destroyed: 'coffer audit verify' checks the record of it; 'coffer init' makes a new one";
  if (progress) {
    text = "starting: the " + *progress;
  } else if (hangs && host::file_exists(host::vault_socket(invocation.home))) {
    text = "its guard runs (" + keeper->name() + ") but it does not answer: see 'log'";
  } else if (hangs) {
    text = "its guard runs (" + keeper->name() +
           ") but run/chip.sock is gone: 'coffer down' ends it, and 'coffer up' starts it";
  }
  invocation.output.line("vault: " + printable(invocation.home));
  invocation.output.line("state: " + text);
  return {};
}

// ---- a vault that answers
// ----------------------------------------------------------------------------------

void write_tampering(codec::JsonWriter& json, const wire::TamperShowReply& tampering) {
  json.field("alarmed", tampering.is_alarmed);
  json.key("tampering").begin_array();
  for (const wire::TamperState& each : tampering.signals) {
    if (each.count == 0) continue;
    json.begin_object();
    json.field("signal", signal_word(each.signal)).field("level", level_word(each.level));
    json.field("count", each.count).field("last", each.last);
    json.end_object();
  }
  json.end_array();
}

void print_as_json(Invocation& invocation, const wire::StatusReply& status,
                   const wire::TamperShowReply& tampering) {
  codec::JsonWriter json;
  json.begin_object();
  json.field("home", invocation.home);
  json.field("running", true);
  json.field("state", text_of(status.state).word);
  json.field("root_of_trust", root_word(status.root_of_trust));
  json.field("realm", to_hex(status.realm));
  json.field("objects", status.object_count);
  json.field("tokens", status.token_count);
  json.field("authorities", status.authority_count);
  json.field("connections", status.connection_count);
  json.field("unlock_failures", status.unlock_failures);
  json.field("retry_after_seconds", status.retry_after_seconds);
  json.field("commits", status.commits);
  json.field("audit_sequence", status.audit_sequence);
  json.field("library", status.library);
  json.field("accelerator", status.accelerator);
  write_tampering(json, tampering);
  json.key("disabled_mechanisms").begin_array();
  for (const std::string& name : status.disabled_mechanisms) json.value(name);
  json.end_array();
  if (invocation.arguments.has("--assurance")) write_assurance(json, status.assurance);
  json.end_object();
  invocation.print_json(json);
}

void print_tampering(Output& output, const wire::TamperShowReply& tampering) {
  if (tampering.is_alarmed)
    output.line("alarm:         tampering was noticed; 'coffer tamper clear' ends it");
  for (const wire::TamperState& each : tampering.signals) {
    if (each.count == 0) continue;
    output.line("tampering:     " + std::string(signal_word(each.signal)) + " noticed, " +
                std::to_string(each.count) + (each.count == 1 ? " time" : " times") + " since the start");
  }
}

void print_as_text(Invocation& invocation, const wire::StatusReply& status,
                   const wire::TamperShowReply& tampering) {
  Output& output = invocation.output;
  output.line("vault:         " + printable(invocation.home));
  output.line("state:         " + std::string(text_of(status.state).sentence));
  output.line("root of trust: " + std::string(root_word(status.root_of_trust)));
  if (status.state == wire::VaultState::unlocked) {
    output.line("holds:         " + std::to_string(status.token_count) + " tokens with " +
                std::to_string(status.object_count) + " objects, " + std::to_string(status.authority_count) +
                " certificate authorities");
  }
  output.line("connections:   " + std::to_string(status.connection_count));
  output.line("audit log:     " + std::to_string(status.audit_sequence) + " lines");
  if (status.unlock_failures != 0) {
    output.line("unlock:        " + std::to_string(status.unlock_failures) +
                " wrong passphrases, next try in " + std::to_string(status.retry_after_seconds) + " seconds");
  }
  print_tampering(output, tampering);
  output.line("crypto:        " + printable(status.library) + "; " + printable(status.accelerator));
  for (const std::string& name : status.disabled_mechanisms) {
    output.line("self-test:     " + printable(name) + " computes wrongly here and is off");
  }
  for (const host::Protection& each : status.assurance.protections) {
    if (each.name == "secret_memory" && each.state != host::State::on)
      output.line("secret memory: " + printable(each.reason));
  }
  if (invocation.arguments.has("--assurance")) {
    print_assurance(output, status.assurance);
    output.line(kLimit);
  }
}

Status execute(Invocation& invocation) {
  // One that is being started would keep us waiting for an answer.
  if (start_progress(invocation.home)) return stopped(invocation);
  auto chip = Chip::connect(invocation, Autostart::no);
  if (!chip.ok()) {
    const Code code = chip.error().code;
    if (code != Code::unavailable && code != Code::not_initialized) return chip.error();
    return stopped(invocation);
  }
  const wire::StatusReply status = TRY(chip.value().call(wire::StatusRequest{}));
  const auto tampering = chip.value().ask(wire::TamperShow{});
  const wire::TamperShowReply noticed = tampering.ok() ? tampering.value() : wire::TamperShowReply{};
  invocation.exit_with(text_of(status.state).exit_code);
  if (invocation.json) {
    print_as_json(invocation, status, noticed);
  } else {
    print_as_text(invocation, status, noticed);
  }
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--assurance", "", "", "List each protection of the chip: whether it holds, and how far"},
});

}  // namespace

constinit const Command kStatus{
    .name = "status",
    .summary = "Show what the vault is doing and how well it is protected",
    .details =
        "Works in every state and never starts the vault. The exit code tells the state: 0 unlocked, 3 "
        "locked, 4 not "
        "running or being started, 5 no vault, 6 the store was refused, 7 a newer Coffer wrote the vault.\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
    .may_be_debugged = true,
};

}  // namespace coffer::cli
