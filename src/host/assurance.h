// Assurance: which protections a process really has, as `coffer status --assurance` prints them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace coffer::host {

// Limits of an assurance report on the wire.
inline constexpr std::size_t kProtectionNameBytesMax = 64;
inline constexpr std::size_t kProtectionReasonBytesMax = 256;
inline constexpr std::size_t kProtectionsMax = 64;

// State says whether a protection holds. The numbers go over the wire.
enum class State : std::uint8_t {
  on = 0,           // it holds, as far as the reason says
  off = 1,          // this machine could do it, but it does not hold
  unavailable = 2,  // this kernel or machine cannot do it
};

constexpr bool is_valid(State state) { return state <= State::unavailable; }

// to_text gives the word that people and scripts read.
constexpr std::string_view to_text(State state) {
  switch (state) {
    case State::on: return "on";
    case State::off: return "off";
    case State::unavailable: return "unavailable";
  }
  return "unknown";
}

// Protection is one line: what was tried, whether it holds, and in one short sentence why or how far.
struct Protection {
  std::string name;
  State state = State::off;
  std::string reason;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.name, kProtectionNameBytesMax));
    TRY(visit(in.state));
    return visit(in.reason, kProtectionReasonBytesMax);
  }
};

// Assurance is what one process collected about itself.
struct Assurance {
  std::vector<Protection> protections;

  static Status fields(auto& visit, auto& in) { return visit(in.protections, kProtectionsMax); }
};

// have_same_states tells whether each protection holds in both or in neither; what the reasons count may
// differ.
inline bool have_same_states(const Assurance& a, const Assurance& b) {
  return std::ranges::equal(a.protections, b.protections, {}, &Protection::state, &Protection::state);
}

}  // namespace coffer::host
