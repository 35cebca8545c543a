// The chapter "token": slots, tokens, PINs and logins.
#include "tests/traces/chapters.h"
#include "tests/traces/scene.h"
#include "wire/legacy_messages.h"
#include "wire/operator_messages.h"

namespace coffer::traces {
namespace {

using vault::secret;
constexpr wire::UserType kOfficer = wire::UserType::security_officer;
constexpr std::uint32_t kNoSlot = 9;

// What may be asked from anywhere.
void pins(House& house, Speaker& speaker, std::uint32_t slot) {
  const wire::Login user{.slot = slot, .pin = secret(kUserPin)};
  const wire::Login officer{.slot = slot, .user = kOfficer, .pin = secret(kOfficerPin)};
  speaker.ask("slots", wire::Slots{});
  speaker.refused("a wrong PIN", Code::pin_incorrect, wire::Login{.slot = slot, .pin = secret("4321")});
  const auto login = speaker.ask("the user's login", user);
  speaker.refused("another user's login", Code::other_user_logged_in, officer);
  speaker.refused("the user sets no other PIN", Code::not_logged_in,
                  wire::InitPin{.slot = slot, .pin = secret("5678")});
  const wire::SetPin change{.slot = slot, .old_pin = secret(kUserPin), .new_pin = secret("5678")};
  speaker.ask("a PIN is changed", change);
  speaker.refused("the old PIN", Code::pin_incorrect, change);
  speaker.ask("logout", wire::Logout{slot});
  speaker.refused("logout of nobody", Code::not_logged_in, wire::Logout{slot});
  speaker.refused("a ticket from before the change", Code::denied, vault::resume(login.reply));
  wire::Resume forged = vault::resume(login.reply);
  forged.ticket.reveal()[40] ^= 1U;
  speaker.refused("a forged ticket", Code::denied, forged);

  speaker.ask("the officer's login", officer);
  speaker.ask("the officer sets the user's PIN", wire::InitPin{.slot = slot, .pin = secret(kUserPin)});
  speaker.refused("a PIN that is too short", Code::pin_length,
                  wire::InitPin{.slot = slot, .pin = secret("1")});
  log_out(speaker, slot);
  const auto again = speaker.ask("the user's login with the new PIN", user);
  const auto other = speaker.place() == "net" ? house.connect_net() : house.connect();
  other->ask("another application goes on with a ticket", vault::resume(again.reply));

  speaker.ask("a token's mechanisms", wire::TokenMechanisms{slot});
  const wire::InitToken init{.slot = slot, .officer_pin = secret(kOfficerPin), .label = "anew"};
  speaker.refused("a token is emptied with the user's PIN", Code::pin_incorrect,
                  wire::InitToken{.slot = slot, .officer_pin = secret(kUserPin), .label = "anew"});
  speaker.ask("a token is emptied", init);
  speaker.refused("a ticket of the token that was emptied", Code::denied, vault::resume(again.reply));
  speaker.refused("a PIN that was never set", Code::pin_not_set, user);
  speaker.ask("slots at the end", wire::Slots{});
}

void pins_of_another_slot(Speaker& net) {
  net.refused("a login to a slot that is not the client's", Code::slot_invalid,
              wire::Login{.slot = 0, .pin = secret(kUserPin)});
  net.refused("the mechanisms of a slot that is not the client's", Code::slot_invalid,
              wire::TokenMechanisms{0});
  net.refused("a token in a slot that is not the client's", Code::slot_invalid,
              wire::InitToken{.slot = 2, .officer_pin = secret(kOfficerPin), .label = "new"});
}

// What only processes of this machine may ask.
void tokens(House& house) {
  Speaker& owner = *house.owner;
  const wire::InitToken init{.slot = 2, .officer_pin = secret(kOfficerPin), .label = "third"};
  owner.ask("a new token", init);
  owner.refused("a new token in no such slot", Code::slot_invalid,
                wire::InitToken{.slot = kNoSlot, .officer_pin = secret(kOfficerPin), .label = "ninth"});
  owner.refused("a new token with a short PIN", Code::pin_length,
                wire::InitToken{.slot = 3, .officer_pin = secret("1"), .label = "fourth"});
  owner.ask("legacy is off", wire::TokenLegacy{.slot = 2});
  owner.refused("legacy without the officer", Code::not_logged_in,
                wire::TokenLegacy{.slot = 2, .changes = true, .turns_on = true});
  log_in(owner, 2, kOfficer);
  owner.ask("legacy is turned on", wire::TokenLegacy{.slot = 2, .changes = true, .turns_on = true});
  owner.ask("the mechanisms of a token with legacy", wire::TokenMechanisms{2});
  house.scene.prepare(wire::Grant{.uid = vault::kStranger, .admit = true, .slots = {2}});
  const auto stranger = house.connect(vault::kStranger);
  stranger->refused("a stranger destroys a token", Code::denied, wire::DestroyToken{2});
  stranger->refused("a stranger gives tries back", Code::denied, wire::TokenUnlock{.slot = 2});
  owner.refused("tries of a PIN that was never set", Code::pin_not_set, wire::TokenUnlock{.slot = 2});
  owner.refused("tries of nobody", Code::not_found, wire::TokenUnlock{.slot = 2, .name = "nobody"});
  stranger->refused("a stranger asks who typed wrong PINs", Code::denied, wire::TokenTries{.slot = 2});
  owner.ask("who typed wrong PINs", wire::TokenTries{.slot = 2});
  owner.ask("the officer's tries", wire::TokenUnlock{.slot = 2, .user = kOfficer});
  owner.refused("tries of the officer for more principals than there may be", Code::malformed,
                wire::TokenUnlock{.slot = 2,
                                  .user = kOfficer,
                                  .whose = std::vector<wire::Principal>(wire::kUnlockPrincipalsMax + 1)});
  owner.ask("a token is destroyed", wire::DestroyToken{2});
  owner.refused("no token is destroyed", Code::not_initialized, wire::DestroyToken{2});
  owner.ask(
      "a new token whose user has a PIN",
      wire::InitToken{
          .slot = 2, .officer_pin = secret(kOfficerPin), .label = "third", .user_pin = secret(kUserPin)});
  owner.refused(
      "a new token with a short user's PIN", Code::pin_length,
      wire::InitToken{
          .slot = 3, .officer_pin = secret(kOfficerPin), .label = "fourth", .user_pin = secret("1")});
  owner.ask("its user's login", wire::Login{.slot = 2, .pin = secret(kUserPin)});
}

}  // namespace

Chapter token_chapter() {
  House house("token");
  pins(house, *house.owner, 0);
  pins(house, *house.net, 1);
  pins_of_another_slot(*house.net);
  tokens(house);
  return house.take();
}

}  // namespace coffer::traces
