// State text: the words for the states of a vault and for roots of trust.
#pragma once

#include <array>
#include <string_view>

#include "cli/cli.h"
#include "wire/messages.h"

namespace coffer::cli {

// StateText is one row: the word of --json, a sentence for people, and the exit code of `coffer status`.
struct StateText {
  wire::VaultState state;
  std::string_view word;
  std::string_view sentence;
  int exit_code;
};

inline constexpr auto kStateTexts = std::to_array<StateText>({
    {wire::VaultState::uninitialized, "uninitialized", "no vault yet: run 'coffer init'",
     kExitNotInitialized},
    {wire::VaultState::locked, "locked", "locked: run 'coffer unlock'", kExitLocked},
    {wire::VaultState::unlocked, "unlocked", "unlocked", kExitOk},
    {wire::VaultState::rollback, "rollback",
     "refused: the store is older than the vault remembers, see 'coffer help recover'", kExitStore},
    {wire::VaultState::error, "error", "refused: tampering was noticed, see 'coffer tamper show'",
     kExitStore},
});

// text_of gives the row of a state.
inline const StateText& text_of(wire::VaultState state) {
  return kStateTexts[static_cast<std::size_t>(state)];
}

// root_word names a root of trust as `coffer init` takes it.
constexpr std::string_view root_word(wire::RootOfTrust root) {
  switch (root) {
    case wire::RootOfTrust::file: return "file";
    case wire::RootOfTrust::passphrase: return "passphrase";
    case wire::RootOfTrust::none: return "none";
  }
  return "none";
}

}  // namespace coffer::cli
