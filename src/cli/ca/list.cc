// coffer ca list: the certificate authorities of the vault.
#include "ca/ssh_public_key.h"
#include "cli/ca/authority_text.h"
#include "cli/chip.h"
#include "cli/duration.h"
#include "cli/registry.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  Chip chip = TRY(Chip::connect(invocation));
  const wire::CaListReply reply = TRY(chip.call(wire::CaList{}));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().key("authorities").begin_array();
    for (const wire::Authority& authority : reply.authorities) TRY(write_authority(json, authority));
    json.end_array().end_object();
    invocation.print_json(json);
    return {};
  }
  Columns columns({"NAME", "KIND", "TYPE", "MAX-TTL", "FINGERPRINT", "PRINCIPALS"});
  for (const wire::Authority& authority : reply.authorities) {
    columns.add({printable(authority.name), std::string(kind_name(authority.kind)),
                 std::string(key_type_name(authority.key_type)),
                 format_duration(authority.profile.lifetime_max_seconds),
                 ca::fingerprint(authority.public_key), printable(joined(authority.profile.principals))});
  }
  columns.print(invocation.output);
  return {};
}

}  // namespace

constinit const Command kCaList{
    .name = "ca list",
    .summary = "List the certificate authorities",
    .details = "",
    .options = {},
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
