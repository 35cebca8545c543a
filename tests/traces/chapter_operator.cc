// The chapter "operator": people with a name, a role and a PIN of their own.
#include "tests/traces/chapters.h"
#include "tests/traces/scene.h"
#include "wire/operator_messages.h"

namespace coffer::traces {
namespace {

using vault::secret;
using enum wire::OperatorAction;

void people(House& house, Speaker& speaker, std::uint32_t slot) {
  const bool is_net = speaker.place() == "net";
  wire::OperatorAdd add{.slot = slot, .name = "alice", .pin = secret("4711")};
  speaker.refused("an operator without the officer", Code::not_logged_in, add);
  log_in(speaker, slot, wire::UserType::security_officer);
  speaker.ask("an operator", add);
  speaker.refused("the same operator again", Code::exists, add);
  speaker.ask(
      "an auditor",
      wire::OperatorAdd{
          .slot = slot, .name = "J\xc3\xbcrgen", .role = wire::OperatorRole::auditor, .pin = secret("0815")});
  speaker.ask("the operators", wire::Operators{slot});
  const auto alice = is_net ? house.connect_net() : house.connect();
  alice->ask("an operator's login", wire::OperatorLogin{slot, "alice", secret("4711")});
  alice->refused("the officer's request of an operator", Code::not_logged_in,
                 wire::OperatorChange{.slot = slot, .name = "alice", .action = unlock, .pin = {}});
  const auto other = is_net ? house.connect_net() : house.connect();
  other->refused("an operator's wrong PIN", Code::pin_incorrect,
                 wire::OperatorLogin{slot, "alice", secret("0000")});
  other->refused("a name that nobody has", Code::pin_incorrect,
                 wire::OperatorLogin{slot, "nobody", secret("0000")});
  speaker.ask("an operator's new PIN",
              wire::OperatorChange{.slot = slot, .name = "alice", .action = unlock, .pin = secret("8888")});
  speaker.ask("an operator is removed",
              wire::OperatorChange{.slot = slot, .name = "alice", .action = remove, .pin = {}});
  speaker.refused("nobody is removed", Code::not_found,
                  wire::OperatorChange{.slot = slot, .name = "alice", .action = remove, .pin = {}});
}

}  // namespace

Chapter operator_chapter() {
  House house("operator");
  people(house, *house.owner, 0);
  people(house, *house.net, 1);
  house.scene.prepare(wire::Grant{.uid = vault::kStranger, .admit = true, .slots = {0}});
  const auto stranger = house.connect(vault::kStranger);
  stranger->refused("a stranger asks for the operators", Code::denied, wire::Operators{0});
  const auto nobody = house.connect_net();
  nobody->refused("a client that is not logged in asks for the operators", Code::denied, wire::Operators{1});
  return house.take();
}

}  // namespace coffer::traces
