// coffer zeroize: destroys the vault, in two steps.
#include <time.h>

#include <array>
#include <chrono>

#include "cli/chip.h"
#include "cli/registry.h"
#include "host/deadline.h"
#include "host/file.h"
#include "host/vault_home.h"
#include "wire/tamper_messages.h"

namespace coffer::cli {

namespace {

constexpr std::chrono::milliseconds kErasedWait{15000};
constexpr std::chrono::milliseconds kLookEvery{20};

std::string content_text(const wire::ZeroizePrepareReply& reply) {
  if (!reply.content_known) return "everything in it; a locked vault does not know what that is";
  return std::to_string(reply.token_count) + " tokens with " + std::to_string(reply.object_count) +
         " objects, " + std::to_string(reply.authority_count) + " certificate authorities";
}

Status prepare(Invocation& invocation) {
  Chip chip = TRY(Chip::connect(invocation));
  const auto reply = TRY(chip.call(wire::ZeroizePrepare{}));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("home", invocation.home);
    json.field("realm", to_hex(reply.realm));
    json.field("code", reply.code);
    json.field("valid_seconds", reply.valid_seconds);
    json.field("content_known", reply.content_known);
    json.field("tokens", reply.token_count);
    json.field("objects", reply.object_count);
    json.field("authorities", reply.authority_count);
    json.end_object();
    invocation.print_json(json);
    return {};
  }
  Output& output = invocation.output;
  output.line("vault:       " + printable(invocation.home));
  output.line("destroys:    " + content_text(reply) + ". Nothing brings them back but a backup.");
  output.line("to do it, within " + std::to_string(reply.valid_seconds) + " seconds:");
  output.line("  coffer zeroize --confirm " + reply.code);
  return {};
}

// wait_until_erased waits for the guard, which takes the files away when the chip has ended, and ends then.
bool wait_until_erased(const std::string& home) {
  const auto deadline = host::Deadline::after(kErasedWait);
  const auto guard_runs = [&home] {
    const auto holder = host::lock_holder(host::vault_guard_lock(home));
    return !holder.ok() || holder.value().has_value();
  };
  while (guard_runs()) {
    if (deadline.remaining().count() == 0) return false;
    const timespec pause{0, std::chrono::nanoseconds(kLookEvery).count()};
    ::nanosleep(&pause, nullptr);
  }
  return !vault_exists(home);
}

Status confirm(Invocation& invocation, const std::string& code) {
  Chip chip = TRY(Chip::connect(invocation, Autostart::no));
  TRY(chip.tell(wire::Zeroize{code}));
  if (!wait_until_erased(invocation.home)) {
    return invocation.fail(Code::timed_out, "the keys are destroyed, but files of the vault are left",
                           "run 'coffer up': it goes on erasing");
  }
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("home", invocation.home).field("state", "destroyed").end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("vault: " + printable(invocation.home) + ", destroyed");
  invocation.output.line("the audit log stays and ends with the signed record: 'coffer audit verify'");
  return {};
}

Status execute(Invocation& invocation) {
  if (const auto code = invocation.arguments.value("--confirm")) return confirm(invocation, *code);
  return prepare(invocation);
}

constexpr auto kOptions = std::to_array<Option>({
    {.name = "--confirm",
     .argument = "CODE",
     .help = "Do it; the code is what 'coffer zeroize' has just printed",
     .limit = {.bytes = wire::kZeroizeCodeBytesMax}},
});

}  // namespace

constinit const Command kZeroize{
    .name = "zeroize",
    .summary = "Destroy the vault and every key in it",
    .details =
        "Without --confirm it prints what would be destroyed and a code that is good for one try within a "
        "minute. With "
        "the code it destroys: first a signed line in the audit log, then the domain key in the store, then "
        "host.key and "
        "the other files. Interrupted at any moment, it goes on at the next start. The audit log stays.\n"
        "\n"
        "On disks that write elsewhere than they read (SSDs, snapshots) overwritten octets may survive; the "
        "store is "
        "useless without host.key, and with a passphrase as root of trust, without the passphrase too. "
        "Backups are not "
        "touched.\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
