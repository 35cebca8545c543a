// Change of a grant.
#include "cli/grant/change.h"

#include "cli/chip.h"
#include "cli/token/find_token.h"
#include "cli/user.h"
#include "wire/grant_messages.h"

namespace coffer::cli {

namespace {

std::string what_changed(const std::string& user, const std::string& home, bool admit,
                         const std::vector<std::string>& tokens) {
  const std::string begin = "user " + printable(user);
  if (tokens.empty()) {
    return begin + (admit ? " may use the vault in " + printable(home) + ", with tokens of their own"
                          : " may no longer use the vault in " + printable(home));
  }
  std::string names;
  for (const std::string& each : tokens) names += (names.empty() ? "" : ", ") + printable(each);
  return begin + (admit ? " may use " : " may no longer use ") + names;
}

}  // namespace

Status change_grant(Invocation& invocation, bool admit) {
  const std::uint32_t uid = TRY(find_user(invocation, invocation.arguments.operand(0)));
  Chip chip = TRY(Chip::connect(invocation));
  wire::Grant request{.uid = uid, .admit = admit};
  std::vector<std::string> tokens;
  for (const std::string& name : invocation.arguments.values("--token")) {
    const wire::TokenInfo token = TRY(find_token(invocation, chip, name));
    request.slots.push_back(token.slot);
    tokens.push_back(token_name(token));
  }
  TRY(chip.tell(request));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("uid", uid).field("user", user_name(uid)).field("admitted", admit);
    json.key("slots").begin_array();
    for (const std::uint32_t slot : request.slots) json.value(slot);
    json.end_array().end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line(what_changed(user_name(uid), invocation.home, admit, tokens));
  return {};
}

}  // namespace coffer::cli
