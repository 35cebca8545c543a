// Principal: words, and ids that are numbers or names.
#include "wire/principal.h"

#include <algorithm>

namespace coffer::wire {

namespace {

constexpr std::size_t kNumberAt = std::tuple_size_v<PrincipalId> - sizeof(std::uint32_t);
constexpr unsigned kOctetBits = 8;

}  // namespace

std::string_view kind_word(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::user: return "user";
    case PrincipalKind::client: return "client";
    case PrincipalKind::token_operator: return "operator";
    case PrincipalKind::service: return "service";
    case PrincipalKind::person: return "person";
    case PrincipalKind::bot: break;
  }
  return "bot";
}

Principal numbered(PrincipalKind kind, std::uint32_t number) {
  Principal made{.kind = kind, .name = std::to_string(number)};
  for (std::size_t i = made.id.size(); i > kNumberAt; --i, number >>= kOctetBits)
    made.id[i - 1] = static_cast<std::uint8_t>(number);
  return made;
}

std::optional<std::uint32_t> number_of(const PrincipalId& id) {
  const auto* const numbers = id.begin() + kNumberAt;
  if (std::any_of(id.begin(), numbers, [](std::uint8_t octet) { return octet != 0; })) return std::nullopt;
  std::uint32_t number = 0;
  for (const auto* each = numbers; each != id.end(); ++each) number = number << kOctetBits | *each;
  return number;
}

Principal service_principal(std::string_view name) {
  Principal made{.kind = PrincipalKind::service, .name = std::string(name)};
  std::copy_n(name.begin(), std::min(name.size(), made.id.size()), made.id.begin());
  return made;
}

}  // namespace coffer::wire
