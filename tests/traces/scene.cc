// Scene: starting the chip, and asking it.
#include "tests/traces/scene.h"

#include <algorithm>

#include "crypto/key.h"
#include "crypto/seeded_random_testing.h"
#include "wire/net_messages.h"
#include "wire/tamper_messages.h"

namespace coffer::traces {
namespace {

host::Peer peer_of(std::uint32_t uid) { return {.uid = uid, .gid = uid, .pid = 1, .groups = {}}; }

// Image is what outlives the chip of a House, made once.
struct Image {
  std::vector<store::Record> records;
  std::vector<std::string> audit_lines;
  Buffer mark;
  crypto::Digest32 certificate{};
};

Image make_image() {
  Scene scene("house");
  scene.start("start");
  vault::World& world = scene.world();
  scene.seed("initialize");
  EXPECT_EQ(world.initialize(), Code::ok);
  for (const std::uint32_t slot : {0U, 1U}) {
    scene.seed("token " + std::to_string(slot));
    EXPECT_EQ(world.create_token(slot), Code::ok);
  }
  scene.prepare(wire::NetEnable{});
  const auto enrolled = scene.prepare(wire::NetEnrol{.name = "application", .slots = {1}});
  Image image;
  {
    const auto door = greeted(scene, crypto::Digest32{});
    const auto key =
        crypto::PrivateKey::generate({.type = crypto::KeyType::ec, .curve = crypto::Curve::p256});
    const auto joined = door->ask("join", wire::NetJoin{.secret = clone(enrolled.reply.secret),
                                                        .public_key = key.value().public_key().spki()});
    image.certificate = crypto::sha256(joined.reply.certificate);
  }
  world.stop();
  image.records = everything(world.memory);
  image.audit_lines = world.audit.lines();
  image.mark = world.mark.read_mark().value().value();
  return image;
}

const Image& image() {
  static const Image made = make_image();
  return made;
}

bool is_door(const crypto::Digest32& certificate) { return certificate == crypto::Digest32{}; }

}  // namespace

void Scene::seed(std::string_view what) const {
  crypto::seed_randomness(chapter_.name + '/' + std::string(what));
}

void Scene::start(std::string_view why) {
  seed(why);
  ASSERT_TRUE(world_.start().ok()) << why;
  // What the start itself has to say is written before anything else is asked.
  static_cast<void>(world_.owner->call(wire::AuditHead{}));
  settle();
}

void Scene::pass(std::uint64_t milliseconds) {
  settle();  // the committing thread has nothing to do at the moment at which the clock moves
  world_.clock.advance(milliseconds);
  settle();
}

void Scene::settle() {
  seed("settle");
  // A commit writes down what was counted until now, and the mark; the head waits for its end. A vault that
  // is not open has nothing to settle and refuses both.
  static_cast<void>(world_.owner->call(wire::TamperSet{.signal = wire::TamperSignal::debugger}));
  static_cast<void>(world_.owner->call(wire::AuditHead{}));
}

void Scene::note(Exchange exchange) {
  const bool is_new = std::ranges::none_of(chapter_.exchanges, [&exchange](const Exchange& each) {
    return each.name == exchange.name && each.place == exchange.place;
  });
  EXPECT_TRUE(is_new) << "two exchanges are called " << exchange.name;
  chapter_.exchanges.push_back(std::move(exchange));
}

Speaker::Speaker(Scene& scene, std::uint32_t uid)
    : scene_(scene),
      place_("socket"),
      client_(*scene.world().vault, scene.world().vault->connected(peer_of(uid))) {
  EXPECT_EQ(client_.refused(), Code::ok) << uid << " in " << scene.name();
}

Speaker::Speaker(Scene& scene, const crypto::Digest32& certificate)
    : scene_(scene),
      place_(is_door(certificate) ? "door" : "net"),
      client_(*scene.world().vault, scene.world().vault->handed_over(certificate)) {
  EXPECT_EQ(client_.refused(), Code::ok) << place_;
}

Code Speaker::ask_octets(std::string_view name, wire::Op op, Bytes payload) {
  return send(name, op, payload).code;
}

Exchange Speaker::send(std::string_view name, wire::Op op, Bytes payload) {
  scene_.seed(place_ + '/' + std::string(name));
  const auto captured = client_.send(op, payload);
  Exchange made{.name = std::string(name),
                .place = place_,
                .op = static_cast<std::uint16_t>(op),
                .request = to_buffer(payload),
                .code = captured->wait(),
                .reply = {}};
  made.reply = captured->payload();
  if (!is_quiet_) scene_.note(made);
  return made;
}

std::vector<store::Record> everything(store::Store& store) {
  return store.range({}, {}, store::kPageRecordsMax).value().records;
}

void put_back(store::Store& store, const std::vector<store::Record>& records) {
  store::Transaction transaction;
  for (const store::Record& each : everything(store)) transaction.writes.push_back({each.key, true, {}});
  for (const store::Record& each : records) transaction.writes.push_back({each.key, false, each.value});
  EXPECT_TRUE(store.commit(transaction).ok());
}

House::House(std::string chapter) : scene(std::move(chapter)), certificate_(image().certificate) {
  vault::World& world = scene.world();
  put_back(world.memory, image().records);
  EXPECT_TRUE(world.audit.append(image().audit_lines).ok());
  EXPECT_TRUE(world.mark.write_mark(image().mark).ok());
  scene.start("start");
  door = greeted(scene, crypto::Digest32{});
  owner = connect();
  net = connect_net();
  scene.settle();
}

std::unique_ptr<Speaker> House::connect_net() { return greeted(scene, certificate_); }

std::unique_ptr<Speaker> House::connect(std::uint32_t uid) { return greeted(scene, uid); }

void log_in(Speaker& speaker, std::uint32_t slot, wire::UserType user) {
  const bool is_officer = user == wire::UserType::security_officer;
  speaker.be_quiet();
  speaker.ask(
      is_officer ? "log in as the officer" : "log in as the user",
      wire::Login{.slot = slot, .user = user, .pin = vault::secret(is_officer ? kOfficerPin : kUserPin)});
  speaker.speak();
}

void log_out(Speaker& speaker, std::uint32_t slot) {
  speaker.be_quiet();
  speaker.ask("log out", wire::Logout{slot});
  speaker.speak();
}

}  // namespace coffer::traces
