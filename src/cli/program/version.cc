// coffer version: which Coffer this is, and which cryptography it was built with.
#include "cli/version.h"

#include "cli/invocation.h"
#include "cli/registry.h"
#include "crypto/primitives.h"
#include "wire/limits.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("version", kVersion);
    json.field("protocol", wire::kProtocolVersion);
    json.field("library", crypto::library_version());
    json.field("accelerator", crypto::accelerator());
    json.end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("coffer " + std::string(kVersion));
  invocation.output.line("protocol " + std::to_string(wire::kProtocolVersion));
  invocation.output.line(std::string(crypto::library_version()) + "; " + std::string(crypto::accelerator()));
  return {};
}

}  // namespace

constinit const Command kVersionCommand{
    .name = "version",
    .summary = "Print the versions of Coffer, of its protocol and of its cryptography",
    .details = "",
    .options = {},
    .operands = {},
    .execute = &execute,
    .is_about_program = true,
    .may_be_debugged = true,
};

}  // namespace coffer::cli
