// The chapter "tamper": what is done about tampering, and the destruction of a vault.
#include "tests/traces/chapters.h"
#include "tests/traces/scene.h"
#include "wire/tamper_messages.h"

namespace coffer::traces {

using vault::secret;

Chapter tamper_chapter() {
  House house("tamper");
  Speaker& owner = *house.owner;
  house.scene.prepare(wire::Grant{.uid = vault::kStranger, .admit = true});
  auto stranger = house.connect(vault::kStranger);
  owner.ask("nothing was noticed", wire::TamperShow{});
  const wire::TamperSet set{.signal = wire::TamperSignal::duress, .level = wire::TamperLevel::error};
  owner.ask("a level", set);
  stranger->refused("a level of a stranger's", Code::denied, set);
  owner.ask("a duress PIN", wire::TamperDuress{secret("9999")});
  owner.refused("a duress PIN that is too short", Code::pin_length, wire::TamperDuress{secret("9")});
  owner.refused("no alarm to clear", Code::invalid, wire::TamperClear{});
  owner.refused("the duress PIN is shown", Code::pin_incorrect,
                wire::Login{.slot = 0, .pin = secret("9999")});
  owner.ask("an alarm", wire::TamperShow{});
  owner.refused("slots of a vault that is alarmed", Code::corrupt, wire::Slots{});
  stranger->refused("a stranger clears the alarm", Code::denied, wire::TamperClear{});
  owner.ask("the alarm is cleared", wire::TamperClear{});
  owner.ask("no duress PIN any more", wire::TamperDuress{});

  stranger->refused("a stranger prepares the destruction", Code::denied, wire::ZeroizePrepare{});
  owner.ask("the destruction is prepared", wire::ZeroizePrepare{});
  owner.refused("a wrong code", Code::denied, wire::Zeroize{"0000000000"});
  const auto prepared = owner.ask("the destruction is prepared again", wire::ZeroizePrepare{});
  owner.ask("the vault is destroyed", wire::Zeroize{prepared.reply.code});
  owner.refused("nothing is left to destroy", Code::not_initialized, wire::ZeroizePrepare{});
  return house.take();
}

}  // namespace coffer::traces
