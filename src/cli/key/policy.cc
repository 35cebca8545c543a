// coffer key policy: rules about a key's uses beyond its attributes - to set, to show, and to ask about.
#include <unistd.h>

#include <array>

#include "cli/key/key_object.h"
#include "cli/key/open_token.h"
#include "cli/key/options.h"
#include "cli/key/policy_text.h"
#include "cli/registry.h"
#include "cli/token/find_token.h"
#include "wire/policy_messages.h"

namespace coffer::cli {

namespace {

// become_officer ends the user's login, with which the key was found, and logs in as the security officer.
Status become_officer(Invocation& invocation, OpenToken& open) {
  TRY(open.chip.tell(wire::Logout{open.slot()}));
  return log_in_as_officer(invocation, open.chip, open.token);
}

Status set_policy(Invocation& invocation, OpenToken& open, const KeyObject& key) {
  wire::KeyPolicySet request;
  request.slot = open.slot();
  request.key = key.summary.id;
  request.remove = invocation.arguments.has("--remove");
  const Principals principals = TRY(Principals::of(open));
  if (!request.remove) request.policy = TRY(policy_of(invocation, principals));
  const bool wants_officer = request.remove || invocation.arguments.has("--so-pin-file");
  if (wants_officer) TRY(become_officer(invocation, open));
  TRY(open.chip.tell(request));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("key", to_hex(key.summary.id)).field("policy", !request.remove).end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line(request.remove ? "the key has no policy any more: its attributes are all the rules"
                                        : "the key has a policy; to change it takes the security officer");
  return {};
}

Status show_policy(Invocation& invocation, OpenToken& open, const KeyObject& key) {
  const wire::KeyPolicyReply reply =
      TRY(open.chip.call(wire::KeyPolicyShow{.slot = open.slot(), .key = key.summary.id}));
  const Principals principals = TRY(Principals::of(open));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("key", to_hex(key.summary.id)).field("is_set", reply.is_set);
    if (reply.is_set) write_policy(json, reply.policy, reply.uses);
    json.end_object();
    invocation.print_json(json);
    return {};
  }
  if (!reply.is_set) invocation.output.line("no policy: the key's attributes are all the rules");
  if (!reply.is_set) return {};
  for (const std::string& line : policy_lines(reply.policy, reply.uses, principals))
    invocation.output.line(line);
  return {};
}

Status explain_policy(Invocation& invocation, OpenToken& open, const KeyObject& key) {
  const auto mechanism = invocation.arguments.value("--mechanism");
  const auto use = invocation.arguments.value("--use");
  if (!mechanism || !use) return invocation.usage("'explain' needs --mechanism and --use");
  wire::KeyPolicyExplain request;
  request.slot = open.slot();
  request.key = key.summary.id;
  request.mechanism = TRY(mechanism_number(invocation, *mechanism));
  request.use = use_bit(*use);
  request.who = wire::user_principal(::getuid());
  const Principals principals = TRY(Principals::of(open));
  if (const auto who = invocation.arguments.value("--as"))
    request.who = TRY(principals.find(invocation, *who));
  const wire::KeyPolicyExplainReply reply = TRY(open.chip.call(request));
  if (!reply.allowed) invocation.exit_with(kExitFailed);
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("allowed", reply.allowed).key("findings").begin_array();
    for (const wire::Finding& finding : reply.findings) {
      json.begin_object().field("rule", finding.rule).field("holds", finding.holds);
      json.field("reason", finding.reason).end_object();
    }
    json.end_array().end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line(principal_text(request.who) + (reply.allowed ? " may " : " may not ") + *use +
                         " with " + *mechanism + (reply.allowed ? "" : ":"));
  for (const wire::Finding& finding : reply.findings) {
    if (!finding.holds)
      invocation.output.line("  " + printable(finding.rule) + ": " + printable(finding.reason));
  }
  return {};
}

Status execute(Invocation& invocation) {
  OpenToken open = TRY(open_token(invocation, LoginWish::always));
  const KeyObject key = TRY(private_or_secret(invocation, open));
  const std::string verb = invocation.arguments.operand(0);
  if (verb == "set") return set_policy(invocation, open, key);
  if (verb == "show") return show_policy(invocation, open, key);
  return explain_policy(invocation, open, key);
}

constexpr auto kOptions = std::to_array<Option>({
    kTokenOption,
    kLabelOption,
    kIdOption,
    kPinFileOption,
    kOperatorOption,
    {"--so-pin-file", "", "FILE",
     "Read the security officer's PIN, which changing or removing a policy takes"},
    {"--remove", "", "", "set: take the policy away"},
    {"--mechanism",
     "",
     "MECHANISM",
     "set: permit only this one; explain: the one to ask about",
     false,
     true,
     {.times = wire::kPolicyMechanismsMax}},
    {"--principal",
     "",
     "USER",
     "set: permit only this user, operator:NAME or client:NAME",
     false,
     true,
     {.times = wire::kPolicyPrincipalsMax}},
    {"--uses", "", "N", "set: permit so many uses in all"},
    {"--rate", "", "N/TIME", "set: permit so many uses in a time, as 10/1m"},
    {"--hours", "", "FROM-TO", "set: permit uses at these hours only (UTC), as 08:00-18:00"},
    {"--days", "", "DAYS", "set: permit uses on these days only (UTC), as mon-fri"},
    {"--not-before", "", "TIME", "set: permit uses from then on, as 2026-12-31T00:00:00Z or 2d from now"},
    {"--not-after", "", "TIME", "set: permit uses until then"},
    {"--use", "", "sign|verify|encrypt|decrypt|wrap|unwrap|derive", "explain: what somebody wants to do"},
    {"--as", "", "USER", "explain: who wants to do it, as for --principal (default: you)"},
});

constexpr auto kOperands = std::to_array<Operand>({{"set|show|explain", "What to do with the policy"}});

}  // namespace

constinit const Command kKeyPolicy{
    .name = "key policy",
    .summary = "Set, show or explain the policy of a private or secret key",
    .details =
        "A policy restricts what a key's attributes permit: to some mechanisms and users, to a number of "
        "uses or a "
        "rate, to hours and days. The chip asks it before every use; uses that are counted are on the disk "
        "before "
        "they are made. The user of a token may give a key its first policy; to change or remove one takes "
        "the "
        "security officer too. A key with a policy cannot be copied. 'explain' uses nothing up; its exit "
        "code is 1 "
        "when the use would be refused.\n\n"
        "operator:NAME is an operator of the token, client:NAME a client of the network, whom only the "
        "owner of the vault can name. Who gets a name anew is another one than a policy names.\n\n"
        "  coffer key policy set --label release --uses 100 --hours 08:00-18:00 --days mon-fri\n"
        "  coffer key policy explain --label release --use sign --mechanism ecdsa-sha256 --as build\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
