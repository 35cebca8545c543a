// Principals: one name space of two.
#include "cli/key/principals.h"

#include <algorithm>
#include <string_view>

#include "cli/user.h"

namespace coffer::cli {

namespace {

constexpr std::string_view kOperatorPrefix = "operator:";

}  // namespace

Result<Principals> Principals::of(OpenToken& open) {
  Principals principals;
  principals.operators_ = TRY(open.chip.call(wire::Operators{.slot = open.slot()})).operators;
  return principals;
}

Result<std::uint32_t> Principals::number(Invocation& invocation, const std::string& text) const {
  if (!text.starts_with(kOperatorPrefix)) return find_user(invocation, text);
  const std::string name = text.substr(kOperatorPrefix.size());
  const auto place = std::ranges::find(operators_, name, &wire::OperatorInfo::name);
  if (place != operators_.end()) return place->number;
  return invocation.fail(Code::not_found, "the token has no operator '" + printable(name) + "'",
                         "'coffer operator list' shows all");
}

std::string Principals::text(std::uint32_t number) const {
  const auto place = std::ranges::find(operators_, number, &wire::OperatorInfo::number);
  if (place != operators_.end()) return std::string(kOperatorPrefix) + printable(place->name);
  return number >= wire::kOperatorNumberFirst ? "operator:(removed)" : user_name(number);
}

}  // namespace coffer::cli
