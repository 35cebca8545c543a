// Principal: who asks - a user of the machine, a network client, an operator of a token, a service, a person
// or a bot.
//
// The chip makes it once, when a connection is admitted (an operator: when one logs in), and keeps it so in
// policies, in the counts of wrong PINs and in the audit log. Kind and id say who it is; the name is for
// people.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace coffer::wire {

// PrincipalKind has numbers of its own for those who come by way of the access proxy.
enum class PrincipalKind : std::uint8_t {
  user = 1,            // of this machine
  client = 2,          // that joined over the network
  token_operator = 3,  // with a PIN of their own at a token
  service = 4,         // a door of this vault
  person = 5,
  bot = 6
};
constexpr bool is_valid(PrincipalKind kind) {
  return kind >= PrincipalKind::user && kind <= PrincipalKind::bot;
}
// kind_word is how the audit log and the command line call a kind: "user", "client", "operator", ...
std::string_view kind_word(PrincipalKind kind);

// PrincipalId is 16 octets that no other principal of its kind ever has: of a client or an operator those of
// its record, of a user the number, big-endian behind zeros.
using PrincipalId = std::array<std::uint8_t, 16>;

inline constexpr std::size_t kPrincipalNameBytesMax = 64;

struct Principal {
  PrincipalKind kind = PrincipalKind::user;
  PrincipalId id{};
  std::string name;  // of a user its number, in decimal digits

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.kind));
    TRY(visit(in.id));
    return visit(in.name, kPrincipalNameBytesMax);
  }
  // Two are the same whatever they are called.
  bool operator==(const Principal& other) const { return kind == other.kind && id == other.id; }
  std::strong_ordering operator<=>(const Principal& other) const {
    if (const auto kinds = kind <=> other.kind; kinds != 0) return kinds;
    return id <=> other.id;
  }
};

// numbered gives a principal whose id is a number.
Principal numbered(PrincipalKind kind, std::uint32_t number);
// user_principal is a user of this machine.
inline Principal user_principal(std::uint32_t uid) { return numbered(PrincipalKind::user, uid); }
// number_of gives that number, if the id is one.
std::optional<std::uint32_t> number_of(const PrincipalId& id);
// service_principal is a door; its id holds its name, of 16 octets at most.
Principal service_principal(std::string_view name);

}  // namespace coffer::wire
