// coffer tamper show: which signs of tampering were noticed, and what is done about each.
#include "cli/chip.h"
#include "cli/registry.h"
#include "cli/slots.h"
#include "cli/tamper/tamper_text.h"

namespace coffer::cli {

namespace {

void print_as_json(Invocation& invocation, const wire::TamperShowReply& reply) {
  codec::JsonWriter json;
  json.begin_object();
  json.field("alarmed", reply.is_alarmed);
  if (reply.levels_known) json.field("duress_pin", reply.has_duress_pin);
  json.key("signals").begin_array();
  for (const wire::TamperState& each : reply.signals) {
    json.begin_object();
    json.field("signal", signal_word(each.signal));
    if (reply.levels_known) json.field("level", level_word(each.level));
    json.field("count", each.count).field("last", each.last).key("slots").begin_array();
    for (const std::uint32_t slot : each.slots) json.value(slot);
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.end_object();
  invocation.print_json(json);
}

Status execute(Invocation& invocation) {
  Chip chip = TRY(Chip::connect(invocation));
  const auto reply = TRY(chip.call(wire::TamperShow{}));
  if (invocation.json) {
    print_as_json(invocation, reply);
    return {};
  }
  Columns columns({"SIGNAL", "LEVEL", "NOTICED", "GUESTS AT"});
  for (const wire::TamperState& each : reply.signals) {
    columns.add({std::string(signal_word(each.signal)),
                 reply.levels_known ? std::string(level_word(each.level)) : "(locked)",
                 std::to_string(each.count), slots_text(each.slots)});
  }
  columns.print(invocation.output);
  if (reply.has_duress_pin) invocation.output.line("a duress PIN is set");
  if (reply.is_alarmed) invocation.output.line("alarm: the vault is shut until 'coffer tamper clear'");
  return {};
}

}  // namespace

constinit const Command kTamperShow{
    .name = "tamper show",
    .summary = "Show which signs of tampering were noticed, and what is done about each",
    .details =
        "Signals: rollback (store or audit log are older than the vault remembers), record (a record does "
        "not "
        "verify), "
        "changed-binary (the program is another than when the vault was opened last), failures (a PIN was "
        "locked, or ten passphrases were wrong), debugger (somebody was debugging the chip when it was "
        "started; "
        "it was ended and started anew), duress (the PIN of 'coffer tamper duress' was shown).\n"
        "\n"
        "Counts begin with the start of the vault; the audit log has all of them. A locked vault does not "
        "tell its "
        "levels. Nobody attaches to a chip that runs: the guard holds its only debug slot.\n",
    .options = {},
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
