// Tamper text: the words for signals and levels.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "wire/tamper_messages.h"

namespace coffer::cli {

inline constexpr std::array<std::string_view, wire::kTamperSignals> kSignalWords = {
    "rollback", "record", "changed-binary", "failures", "debugger", "duress"};
inline constexpr std::array<std::string_view, 4> kLevelWords = {"log", "lock", "error", "destroy"};

constexpr std::string_view signal_word(wire::TamperSignal signal) {
  return kSignalWords[static_cast<std::size_t>(signal)];
}
constexpr std::string_view level_word(wire::TamperLevel level) {
  return kLevelWords[static_cast<std::size_t>(level)];
}

// index_of gives the place of a word, or nothing.
template <std::size_t N>
constexpr std::optional<std::size_t> index_of(const std::array<std::string_view, N>& words,
                                              std::string_view word) {
  for (std::size_t i = 0; i < N; ++i) {
    if (words[i] == word) return i;
  }
  return std::nullopt;
}

}  // namespace coffer::cli
