// Principals: three name spaces.
#include "cli/key/principals.h"

#include <algorithm>

#include "cli/user.h"
#include "wire/net_messages.h"

namespace coffer::cli {

namespace {

constexpr std::string_view kOperatorPrefix = "operator:";
constexpr std::string_view kClientPrefix = "client:";

}  // namespace

Result<Principals> Principals::of(OpenToken& open) {
  Principals principals(open.chip);
  principals.operators_ = TRY(open.chip.call(wire::Operators{.slot = open.slot()})).operators;
  return principals;
}

Result<wire::Principal> Principals::find(Invocation& invocation, const std::string& text) const {
  if (text.starts_with(kOperatorPrefix)) {
    const std::string name = text.substr(kOperatorPrefix.size());
    const auto place = std::ranges::find(operators_, name, &wire::OperatorInfo::name);
    if (place != operators_.end())
      return wire::Principal{.kind = wire::PrincipalKind::token_operator, .id = place->id, .name = name};
    return invocation.fail(Code::not_found, "there is no operator '" + printable(name) + "' here",
                           "'coffer operator list' shows those of a token");
  }
  if (text.starts_with(kClientPrefix)) {
    const std::string name = text.substr(kClientPrefix.size());
    const auto clients = TRY(chip_.call(wire::NetList{})).clients;
    const auto place = std::ranges::find(clients, name, &wire::NetClient::name);
    if (place != clients.end())
      return wire::Principal{.kind = wire::PrincipalKind::client, .id = place->id, .name = name};
    return invocation.fail(Code::not_found, "no client '" + printable(name) + "' has joined",
                           "'coffer net list' shows all");
  }
  return wire::user_principal(TRY(find_user(invocation, text)));
}

std::string Principals::text(const wire::Principal& principal) const {
  const bool is_gone =
      principal.kind == wire::PrincipalKind::token_operator &&
      std::ranges::find(operators_, principal.id, &wire::OperatorInfo::id) == operators_.end();
  return principal_text(principal) + (is_gone ? " (removed)" : "");
}

std::string principal_text(const wire::Principal& principal) {
  const auto number = wire::number_of(principal.id);
  if (principal.kind == wire::PrincipalKind::user && number) return user_name(*number);
  return std::string(wire::kind_word(principal.kind)) + ':' + printable(principal.name);
}

void write_principal(codec::JsonWriter& json, const wire::Principal& principal) {
  json.begin_object().field("kind", wire::kind_word(principal.kind)).field("id", to_hex(principal.id));
  json.field("name", principal_text(principal)).end_object();
}

void write_principals(codec::JsonWriter& json, std::string_view name,
                      const std::vector<wire::Principal>& principals) {
  json.key(name).begin_array();
  for (const wire::Principal& each : principals) write_principal(json, each);
  json.end_array();
}

}  // namespace coffer::cli
