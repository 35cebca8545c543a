// Exit code and advice for each Code.
#include "cli/exit_code.h"

#include <algorithm>
#include <array>

#include "cli/cli.h"

namespace coffer::cli {

namespace {

constexpr auto kOutcomes = std::to_array<Outcome>({
    {Code::invalid, kExitFailed, "see @help"},
    {Code::denied, kExitFailed, "ask the owner of the vault"},
    {Code::not_found, kExitFailed,
     "list what there is with 'coffer token list', 'coffer key list' or 'coffer ca list'"},
    {Code::exists, kExitFailed, "choose another name"},
    {Code::unsupported, kExitFailed, "see @help for what is supported"},
    {Code::locked, kExitLocked, "run 'coffer unlock'"},
    {Code::not_initialized, kExitNotInitialized, "run 'coffer init'"},
    {Code::throttled, kExitFailed, "wait, then try again"},
    {Code::unavailable, kExitNotRunning, "run 'coffer up', and look into the vault's log file if that fails"},
    {Code::timed_out, kExitNotRunning, "try again, and look into the vault's log file if it stays so"},
    {Code::limit, kExitFailed, "remove what is not needed, or ask for less"},
    {Code::disk_full, kExitFailed, "make room on the disk, then try again"},
    {Code::corrupt, kExitStore, "see 'coffer status' and 'coffer audit verify', then restore a backup"},
    {Code::rollback, kExitStore, "see 'coffer help recover'"},
    {Code::internal, kExitFailed, "look into the vault's log file"},
    {Code::self_test_failed, kExitFailed, "see 'coffer status'; this machine computes wrongly"},
    {Code::conflict, kExitFailed, "try again"},
    {Code::pin_incorrect, kExitFailed, "'coffer token list' shows how many tries are left"},
    {Code::pin_locked, kExitFailed,
     "the security officer sets a new PIN ('coffer token pin'), or the vault's owner gives back its tries "
     "('coffer token unlock')"},
    {Code::pin_length, kExitFailed, "choose 4 to 255 characters"},
    {Code::pin_not_set, kExitFailed, "the security officer sets one with 'coffer token pin'"},
    {Code::not_logged_in, kExitFailed, "give --pin-file"},
    {Code::mechanism_invalid, kExitFailed, "see 'coffer help key sign' for mechanisms and types of keys"},
    {Code::key_type, kExitFailed, "choose a mechanism of this key's type"},
    {Code::key_use, kExitFailed, "'coffer key show' lists what the key may be used for"},
    {Code::data_length, kExitFailed, "give it less at once; @help says how much"},
    {Code::ciphertext_invalid, kExitFailed, "it was changed, or made with another key"},
    {Code::ciphertext_length, kExitFailed, "it was cut off, or made with another key"},
    {Code::signature_invalid, kExitFailed, "data, signature and key do not belong together"},
    {Code::signature_length, kExitFailed, "data, signature and key do not belong together"},
    {Code::action_prohibited, kExitFailed, "'coffer key show' lists the key's attributes"},
    {Code::too_fast, kExitFailed, "try again in a moment; 'coffer token policy show' tells the rate"},
});
static_assert(std::ranges::is_sorted(kOutcomes, {}, &Outcome::code));

constexpr Outcome kOther{Code::ok, kExitFailed, ""};

}  // namespace

std::string advice(const Outcome& outcome, std::string_view command) {
  constexpr std::string_view kHelp = "@help";
  std::string text(outcome.next);
  const std::size_t place = text.find(kHelp);
  if (place == std::string::npos) return text;
  const std::string_view gap = command.empty() ? "" : " ";
  return text.replace(place, kHelp.size(), "'coffer help" + std::string(gap) + std::string(command) + "'");
}

const Outcome& outcome_of(Code code) {
  const auto* row = std::ranges::lower_bound(kOutcomes, code, {}, &Outcome::code);
  return row != kOutcomes.end() && row->code == code ? *row : kOther;
}

}  // namespace coffer::cli
