// Option names: the critical options and extensions that OpenSSH knows (PROTOCOL.certkeys), as one table.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace coffer::ca {

// OptionKind says in which of the two lists an option belongs. A server must refuse a certificate with a
// critical option that it does not know, and must ignore an extension that it does not know.
enum class OptionKind : std::uint8_t { critical, extension };

// OptionName is one row. All are for user certificates: "no critical options are defined for host
// certificates".
struct OptionName {
  std::string_view name;
  OptionKind kind;
  bool has_value;  // false: a flag, whose data is empty
};

inline constexpr auto kOptionNames = std::to_array<OptionName>({
    {"force-command", OptionKind::critical, true},
    {"no-touch-required", OptionKind::extension, false},
    {"permit-X11-forwarding", OptionKind::extension, false},
    {"permit-agent-forwarding", OptionKind::extension, false},
    {"permit-port-forwarding", OptionKind::extension, false},
    {"permit-pty", OptionKind::extension, false},
    {"permit-user-rc", OptionKind::extension, false},
    {"source-address", OptionKind::critical, true},
    {"verify-required", OptionKind::critical, false},
});
static_assert(std::ranges::is_sorted(kOptionNames, {}, &OptionName::name));

inline constexpr std::string_view kSourceAddress = "source-address";

// find_option_name gives the row of a name, or null.
inline const OptionName* find_option_name(OptionKind kind, std::string_view name) {
  const auto* row = std::ranges::find(kOptionNames, name, &OptionName::name);
  return row == kOptionNames.end() || row->kind != kind ? nullptr : &*row;
}

}  // namespace coffer::ca
