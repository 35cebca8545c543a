// The chapter "authority": SSH certificate authorities.
#include "ca/authority.h"
#include "ca/profile.h"
#include "tests/traces/chapters.h"
#include "tests/traces/scene.h"
#include "wire/ca_messages.h"

namespace coffer::traces {

Chapter authority_chapter() {
  House house("authority");
  Speaker& owner = *house.owner;
  wire::CaCreate create{.name = "users", .profile = ca::default_profile(wire::AuthorityKind::ssh_user)};
  create.profile.principals = {"alice", "*.example.org"};
  create.profile.signers = {wire::user_principal(vault::kStranger)};
  owner.ask("an authority for users", create);
  owner.refused("an authority of the same name", Code::exists, create);
  wire::CaCreate hosts{.name = "hosts",
                       .kind = wire::AuthorityKind::ssh_host,
                       .key_type = wire::AuthorityKeyType::ed25519,
                       .profile = ca::default_profile(wire::AuthorityKind::ssh_host)};
  hosts.profile.principals = {"*.example.org"};
  owner.ask("an authority for hosts", hosts);
  owner.ask("an authority", wire::CaShow{"users"});
  owner.refused("no authority", Code::not_found, wire::CaShow{"nobody"});
  owner.ask("the authorities", wire::CaList{});

  house.scene.seed("subject");
  const auto subject = ca::generate_authority_key(wire::AuthorityKeyType::ed25519).value();
  wire::CaSignSsh sign{.name = "users",
                       .public_key = ca::authority_public_blob(subject).value(),
                       .key_id = "alice@laptop",
                       .principals = {"alice"},
                       .lifetime_seconds = 300,
                       .critical_options = {{"force-command", "/bin/true"}}};
  owner.ask("a certificate", sign);
  sign.principals = {"root"};
  owner.refused("a certificate outside the profile", Code::denied, sign);
  sign.name = "hosts";
  sign.principals = {"www.example.org"};
  sign.critical_options = {};
  owner.ask("a host's certificate", sign);

  house.scene.prepare(wire::Grant{.uid = vault::kStranger, .admit = true});
  const auto stranger = house.connect(vault::kStranger);
  stranger->refused("a user who is no signer", Code::denied, sign);
  stranger->refused("an authority of a stranger's", Code::denied, create);
  return house.take();
}

}  // namespace coffer::traces
