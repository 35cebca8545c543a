// coffer tamper set: chooses what is done about a sign of tampering.
#include <algorithm>
#include <array>

#include "cli/chip.h"
#include "cli/registry.h"
#include "cli/tamper/tamper_text.h"
#include "cli/token/find_token.h"
#include "wire/tamper_messages.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  const std::string& text = invocation.arguments.operands()[0];
  const std::size_t equals = std::min(text.find('='), text.size());
  const auto signal = index_of(kSignalWords, std::string_view(text).substr(0, equals));
  const auto level = index_of(kLevelWords, std::string_view(text).substr(std::min(equals + 1, text.size())));
  if (!signal || !level) {
    return invocation.usage("'" + text + "' is no signal with its level, as in 'debugger=lock'",
                            "signals: rollback, record, changed-binary, failures, debugger, duress; levels: "
                            "log, lock, error, destroy");
  }
  Chip chip = TRY(Chip::connect(invocation));
  wire::TamperSet request{.signal = static_cast<wire::TamperSignal>(*signal),
                          .level = static_cast<wire::TamperLevel>(*level)};
  for (const std::string& label : invocation.arguments.values("--token"))
    request.slots.push_back(TRY(find_token(invocation, chip, label)).slot);
  TRY(chip.tell(request));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object()
        .field("signal", kSignalWords[*signal])
        .field("level", kLevelWords[*level])
        .end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("tampering: " + std::string(kSignalWords[*signal]) + " is answered with " +
                         std::string(kLevelWords[*level]));
  return {};
}

constexpr auto kOptions =
    std::to_array<Option>({{"--token",
                            "",
                            "LABEL",
                            "Also when guests or network clients try PINs at this token; label or slot",
                            false,
                            true,
                            {.times = wire::kTamperTokensMax}}});
constexpr auto kOperands = std::to_array<Operand>({{"SIGNAL=LEVEL", "What to do about which signal"}});

}  // namespace

constinit const Command kTamperSet{
    .name = "tamper set",
    .summary = "Choose what is done about a sign of tampering",
    .details =
        "Levels, each with what the ones before it do: log writes an audit line; lock locks the vault; error "
        "shuts it "
        "until 'coffer tamper clear'; destroy destroys it as 'coffer zeroize' does, at once and without "
        "asking. Every "
        "signal begins with log.\n"
        "\n"
        "A store that was set back or does not verify is refused at every level. Think twice before "
        "rollback=destroy: "
        "putting back an old copy of the store is then the end of the vault.\n"
        "\n"
        "The signals failures and duress come from PINs that are tried. The tries of users with a grant and "
        "of "
        "network clients are only logged, but at tokens named here, for that signal.\n"
        "\n"
        " coffer tamper set failures=lock --token web\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
