// Change of a grant.
#include "cli/grant/change.h"

#include "cli/chip.h"
#include "cli/user.h"
#include "wire/grant_messages.h"

namespace coffer::cli {

Status change_grant(Invocation& invocation, bool admit) {
  const std::uint32_t uid = TRY(find_user(invocation, invocation.arguments.operand(0)));
  Chip chip = TRY(Chip::connect(invocation));
  TRY(chip.tell(wire::Grant{.uid = uid, .admit = admit}));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("uid", uid).field("user", user_name(uid)).field("admitted", admit).end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("user " + printable(user_name(uid)) + (admit ? " may use" : " may no longer use") +
                         " the vault in " + printable(invocation.home));
  return {};
}

}  // namespace coffer::cli
