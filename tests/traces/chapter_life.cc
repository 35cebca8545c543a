// The chapter "life": a vault with a passphrase from its beginning over a lock and an older store to its end.
#include "store/store.h"
#include "tests/traces/chapters.h"
#include "tests/traces/scene.h"

namespace coffer::traces {
namespace {

using vault::secret;
constexpr std::string_view kPassphrase = "correct horse";

wire::Initialize initialize(std::string_view passphrase) {
  wire::Initialize request;
  request.root_of_trust = wire::RootOfTrust::passphrase;
  request.passphrase = secret(passphrase);
  request.stretch_milliseconds = 1;
  return request;
}

void begins(Scene& scene, Speaker& owner) {
  owner.ask("the status of no vault", wire::StatusRequest{});
  owner.refused("no vault is locked", Code::not_initialized, wire::Lock{});
  owner.refused("no vault is unlocked", Code::not_initialized, wire::Unlock{});
  owner.refused("no vault has an audit log", Code::not_initialized, wire::AuditHead{});
  owner.refused("no vault has slots", Code::not_initialized, wire::Slots{});
  owner.refused("a short passphrase", Code::pin_length, initialize("short"));
  owner.ask("a vault", initialize(kPassphrase));
  owner.refused("a second vault", Code::exists, initialize(kPassphrase));
  scene.settle();
  owner.ask("the status of a new vault", wire::StatusRequest{});
  owner.ask("slots of a new vault", wire::Slots{});
}

void admits(Scene& scene, Speaker& owner) {
  owner.ask("a user is admitted", wire::Grant{.uid = vault::kStranger, .admit = true});
  owner.ask("who is admitted", wire::Grants{});
  const auto stranger = greeted(scene, vault::kStranger);
  stranger->refused("a stranger admits others", Code::denied, wire::Grant{.uid = 7, .admit = true});
  stranger->refused("a stranger locks the vault", Code::denied, wire::Lock{});
  stranger->refused("a stranger ends the chip", Code::denied, wire::ShutDown{});
  stranger->refused("a stranger accepts an older store", Code::denied, wire::AcceptRollback{});
  owner.ask("a user is admitted no more", wire::Grant{.uid = vault::kStranger, .admit = false});
  owner.ask("the audit log", wire::AuditHead{});
}

void locks(Scene& scene, Speaker& owner) {
  owner.ask("lock", wire::Lock{});
  scene.settle();
  owner.ask("the status of a locked vault", wire::StatusRequest{});
  owner.refused("slots of a locked vault", Code::locked, wire::Slots{});
  owner.refused("unlock without a passphrase", Code::denied, wire::Unlock{});
  for (const std::string_view time : {"first", "second", "third"}) {
    owner.refused("a wrong passphrase for the " + std::string(time) + " time", Code::denied,
                  wire::Unlock{secret("wrong horse")});
  }
  owner.refused("a passphrase too early", Code::throttled, wire::Unlock{secret(kPassphrase)});
  scene.settle();
  owner.ask("the status after wrong passphrases", wire::StatusRequest{});
  scene.pass(3'600'000);
  owner.ask("unlock", wire::Unlock{secret(kPassphrase)});
  owner.refused("no rollback to accept", Code::invalid, wire::AcceptRollback{});
}

}  // namespace

Chapter life_chapter() {
  Scene scene("life");
  scene.start("start");
  auto owner = greeted(scene, vault::kOwner);
  begins(scene, *owner);
  scene.settle();
  admits(scene, *owner);
  locks(scene, *owner);

  owner.reset();
  scene.world().stop();
  const auto yesterday = everything(scene.world().memory);
  scene.start("start again");
  owner = greeted(scene, vault::kOwner);
  owner->ask("unlock after a start", wire::Unlock{secret(kPassphrase)});
  owner->ask("a newer store", wire::Grant{.uid = 8, .admit = true});
  owner.reset();
  scene.world().stop();
  put_back(scene.world().memory, yesterday);
  scene.start("start with an older store");
  owner = greeted(scene, vault::kOwner);
  owner->refused("unlock an older store", Code::rollback, wire::Unlock{secret(kPassphrase)});
  scene.settle();
  owner->ask("the status of an older store", wire::StatusRequest{});
  owner->refused("slots of an older store", Code::rollback, wire::Slots{});
  owner->ask("an older store is accepted", wire::AcceptRollback{});
  owner->ask("the chip ends", wire::ShutDown{});
  return scene.take();
}

}  // namespace coffer::traces
