// coffer tamper duress: chooses the PIN that people show under threat.
#include <algorithm>
#include <array>

#include "cli/chip.h"
#include "cli/registry.h"
#include "cli/secret_input.h"
#include "cli/tamper/tamper_text.h"

namespace coffer::cli {

namespace {

void print_done(Invocation& invocation, bool is_set, wire::TamperLevel level) {
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("duress_pin", is_set).field("level", level_word(level)).end_object();
    invocation.print_json(json);
    return;
  }
  if (!is_set) return invocation.output.line("there is no duress PIN any more");
  invocation.output.line("the duress PIN is set; whoever shows it is answered with " +
                         std::string(level_word(level)));
  if (level == wire::TamperLevel::log)
    invocation.output.line("next: 'coffer tamper set duress=LEVEL', for more than an audit line");
}

Status execute(Invocation& invocation) {
  const bool is_removal = invocation.arguments.has("--remove");
  Chip chip = TRY(Chip::connect(invocation));
  wire::TamperDuress request;
  if (!is_removal) {
    request.pin = TRY(read_secret(invocation, {.what = "duress PIN of the vault",
                                               .option = "--pin-file",
                                               .bytes_min = wire::kPinBytesMin,
                                               .bytes_max = wire::kPinBytesMax,
                                               .is_new = true}));
  }
  TRY(chip.tell(request));
  const wire::TamperShowReply shown = TRY(chip.call(wire::TamperShow{}));
  const auto duress =
      std::ranges::find(shown.signals, wire::TamperSignal::duress, &wire::TamperState::signal);
  print_done(invocation, !is_removal, duress == shown.signals.end() ? wire::TamperLevel::log : duress->level);
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--pin-file", "", "FILE",
     "Read the duress PIN from a file instead of asking for it; '-' is standard input"},
    {"--remove", "", "", "Have no duress PIN any more"},
});

}  // namespace

constinit const Command kTamperDuress{
    .name = "tamper duress",
    .summary = "Choose a PIN that people show under threat",
    .details =
        "Whoever is forced to give a PIN away gives this one. Wherever a PIN is asked for, at every token "
        "and for "
        "every user, it is refused like any wrong PIN - and the signal 'duress' is noticed, with the answer "
        "that "
        "'coffer tamper set' chose for it: an audit line, a locked vault, a vault that its owner must clear, "
        "or no "
        "vault any more. Choose one that nobody has as a PIN: the PIN of a user is right for that user.\n"
        "\n"
        " coffer tamper set duress=error\n"
        " coffer tamper duress\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
