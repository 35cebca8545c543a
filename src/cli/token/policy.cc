// coffer token policy: what a token's tenant may take of the vault - to set and to show.
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "cli/duration.h"
#include "cli/registry.h"
#include "cli/token/find_token.h"
#include "wire/tenant_messages.h"

namespace coffer::cli {

namespace {

// read_bound reads an option that is a number; 0 or "none" lifts the bound.
template <typename Number>
Status read_bound(Invocation& invocation, std::string_view option, Number& bound) {
  const auto text = invocation.arguments.value(option);
  if (!text) return {};
  bound = 0;
  if (*text == "none") return {};
  const auto read = std::from_chars(text->data(), text->data() + text->size(), bound);
  if (!text->empty() && read.ec == std::errc{} && read.ptr == text->data() + text->size()) return {};
  return invocation.usage(std::string(option) + " is a number up to " +
                          std::to_string(std::numeric_limits<Number>::max()) + ", or 'none', and not '" +
                          *text + "'");
}

Status read_window(Invocation& invocation, wire::TokenPolicy& policy) {
  const auto text = invocation.arguments.value("--undelete-window");
  if (!text) return {};
  policy.undelete_seconds = 0;
  if (*text == "none" || *text == "0") return {};
  const auto seconds = parse_duration(*text);
  if (!seconds.ok() || seconds.value() > wire::kUndeleteSecondsMax) {
    return invocation.usage("--undelete-window is a time up to 366d, as 7d, or 'none', and not '" + *text +
                            "'");
  }
  policy.undelete_seconds = static_cast<std::uint32_t>(seconds.value());
  return {};
}

std::string bound_text(std::uint64_t used, std::uint64_t bound) {
  return std::to_string(used) + (bound == 0 ? ", no limit" : " of " + std::to_string(bound));
}

Status show(Invocation& invocation, Chip& chip, const wire::TokenInfo& token) {
  const wire::TokenPolicyReply reply = TRY(chip.call(wire::TokenPolicyShow{.slot = token.slot}));
  const wire::TokenPolicy& policy = reply.policy;
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("token", token.label).field("slot", token.slot);
    json.field("objects", reply.object_count).field("objects_max", policy.objects_max);
    json.field("connections", reply.application_count).field("connections_max", policy.applications_max);
    json.field("rate_max", policy.rate_max).field("undelete_seconds", policy.undelete_seconds).end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("objects:         " + bound_text(reply.object_count, policy.objects_max));
  invocation.output.line("connections:     " + bound_text(reply.application_count, policy.applications_max));
  invocation.output.line(
      "rate:            " +
      (policy.rate_max == 0 ? "no limit" : std::to_string(policy.rate_max) + " requests a second"));
  invocation.output.line("undelete window: " + (policy.undelete_seconds == 0
                                                    ? "none, what is destroyed is gone"
                                                    : format_duration(policy.undelete_seconds)));
  return {};
}

Status set(Invocation& invocation, Chip& chip, const wire::TokenInfo& token) {
  const wire::TokenPolicyReply current = TRY(chip.call(wire::TokenPolicyShow{.slot = token.slot}));
  wire::TokenPolicySet request{.slot = token.slot, .policy = current.policy};
  TRY(read_bound(invocation, "--objects", request.policy.objects_max));
  TRY(read_bound(invocation, "--rate", request.policy.rate_max));
  TRY(read_bound(invocation, "--connections", request.policy.applications_max));
  TRY(read_window(invocation, request.policy));
  TRY(chip.tell(request));
  return show(invocation, chip, token);
}

Status execute(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const bool sets = arguments.operand(0) == "set";
  const bool names_bound = arguments.has("--objects") || arguments.has("--rate") ||
                           arguments.has("--connections") || arguments.has("--undelete-window");
  if (!sets && arguments.operand(0) != "show") return invocation.usage("'coffer token policy' sets or shows");
  if (sets != names_bound) {
    return invocation.usage(sets ? "'set' needs something to set" : "'show' only shows: use 'set'");
  }
  Chip chip = TRY(Chip::connect(invocation));
  const wire::TokenInfo token = TRY(find_token(invocation, chip, arguments.operand(1)));
  return sets ? set(invocation, chip, token) : show(invocation, chip, token);
}

constexpr auto kOptions = std::to_array<Option>({
    {"--objects", "", "N", "set: how many objects the token may hold; 'none': any number"},
    {"--rate", "", "N", "set: how many requests about the token are answered in a second"},
    {"--connections", "", "N", "set: how many applications may be logged in to the token at once"},
    {"--undelete-window", "", "TIME", "set: how long destroyed objects can come back, as 7d"},
});
constexpr auto kOperands = std::to_array<Operand>(
    {{"set|show", "What to do with the policy"}, {"TOKEN", "Label or slot number of the token"}});

}  // namespace

constinit const Command kTokenPolicy{
    .name = "token policy",
    .summary = "Set or show what a token's tenant may take of the vault",
    .details =
        "The chip enforces the policy, wherever its requests come from. Only the owner of the vault "
        "sets one; what is not named keeps its value. A token that another user made begins with at "
        "most 10,000 objects, and such a user makes at most 16 tokens; the owner's have no limits "
        "until he sets some. A token that is full refuses new objects (CKR_DEVICE_MEMORY), as it "
        "refuses one application too many to log in; the security officer always gets in. Requests "
        "above the rate fail (CKR_FUNCTION_FAILED) and can be made again a moment later: sessions and "
        "logins stay.\n\n"
        "With an undelete window, an object that is destroyed is gone for every application, but stays "
        "sealed and "
        "counts as an object until the window ends; until then the security officer brings it back with "
        "'coffer key "
        "undelete'. A longer or shorter window is for what is destroyed from then on.\n\n"
        "  coffer token policy set web --objects 1000 --rate 500 --connections 8\n"
        "  coffer token policy set web --undelete-window 7d\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
