// The chapter "net": the network form - what its owner asks, and what the net door asks.
#include "ca/net_certificate.h"
#include "tests/traces/chapters.h"
#include "tests/traces/scene.h"
#include "wire/net_messages.h"

namespace coffer::traces {
namespace {

constexpr std::string_view kContext{"TLS 1.3, server CertificateVerify\0", 34};

Buffer handshake() {
  Buffer content(64, ' ');
  append(content, as_bytes(kContext));
  content.resize(content.size() + 32, 0xab);
  return content;
}

void joins(House& house) {
  Speaker& owner = *house.owner;
  Speaker& door = *house.door;
  const auto enrolled = owner.ask("a join token", wire::NetEnrol{.name = "app-2", .slots = {0, 1}});
  owner.refused("a join token without a name", Code::invalid, wire::NetEnrol{.name = "", .slots = {0}});
  owner.refused("a join token for a name that has joined", Code::exists,
                wire::NetEnrol{.name = "application", .slots = {0}});
  house.scene.seed("key");
  const auto key = crypto::PrivateKey::generate({.type = crypto::KeyType::ec, .curve = crypto::Curve::p256});
  wire::NetJoin join;
  join.secret = clone(enrolled.reply.secret);
  join.public_key = key.value().public_key().spki();
  door.ask("a client joins", join);
  door.refused("a join token is spent", Code::denied, join);
  owner.ask("the clients", wire::NetList{});
  owner.ask("a client is revoked", wire::NetRevoke{"app-2"});
  door.ask("the standing of who never joined", wire::NetStanding{});
  owner.refused("nobody is revoked", Code::not_found, wire::NetRevoke{"app-2"});
}

}  // namespace

Chapter net_chapter() {
  House house("net");
  Speaker& owner = *house.owner;
  Speaker& door = *house.door;
  owner.ask("the network form is on", wire::NetEnable{});
  door.ask("the door's certificates", wire::NetIdentity{});
  joins(house);
  door.ask("a handshake is signed", wire::NetSign{handshake()});
  door.refused("something else is signed", Code::denied, wire::NetSign{Buffer(32)});
  wire::NetProtections protections{{{{"net door: filter", host::State::on, "all of it"}}}};
  door.ask("the door's protections", protections);
  protections.assurance.protections.resize(17);
  door.refused("too many protections", Code::limit, protections);
  house.scene.settle();
  owner.ask("the status with a door", wire::StatusRequest{});
  house.scene.prepare(wire::Grant{.uid = vault::kStranger, .admit = true});
  const auto stranger = house.connect(vault::kStranger);
  stranger->refused("a stranger turns the network form on", Code::denied, wire::NetEnable{});
  stranger->refused("a stranger asks for the clients", Code::denied, wire::NetList{});

  // A vault without the network form.
  Scene scene("net");
  scene.start("start of another vault");
  scene.seed("initialize");
  EXPECT_EQ(scene.world().initialize(), Code::ok);
  const auto other = greeted(scene, vault::kOwner);
  const auto early = greeted(scene, crypto::Digest32{});
  early->refused("certificates of a network form that is off", Code::not_found, wire::NetIdentity{});
  early->refused("a standing where the network form is off", Code::not_found, wire::NetStanding{});
  other->ask("the network form is turned on", wire::NetEnable{});
  Chapter chapter = house.take();
  for (Exchange& each : scene.take().exchanges) chapter.exchanges.push_back(std::move(each));
  return chapter;
}

}  // namespace coffer::traces
