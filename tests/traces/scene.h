// Scene: a vault in memory for one chapter, and the speakers who ask it while everything is written down.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "codec/binary.h"
#include "tests/traces/trace.h"
#include "vault/vault_fixture.h"

namespace coffer::traces {

inline constexpr std::string_view kOfficerPin = "12345678";
inline constexpr std::string_view kUserPin = "1234";

// Scene is what one chapter takes place in. What is random follows from the names of chapter and exchange: an
// exchange that is put in between changes no other.
class Scene {
 public:
  explicit Scene(std::string chapter) : chapter_{.name = std::move(chapter)} {}

  // start starts the chip, also anew on what its store holds; every speaker must have gone.
  void start(std::string_view why);
  // pass lets time pass, and settle() things.
  void pass(std::uint64_t milliseconds);
  // settle waits until the chip's committing thread has nothing to do, so that nothing of what was asked is
  // going on while the next request is answered.
  void settle();

  // prepare asks, as the owner, for what must succeed and is not written down.
  template <typename Request>
  vault::Answer<Request> prepare(const Request& request) {
    seed("prepare op " + std::to_string(static_cast<unsigned>(wire::kOp<Request>)));
    auto answer = world_.owner->call(request);
    EXPECT_EQ(answer.code, Code::ok) << chapter_.name;
    return answer;
  }

  // seed makes all that is random from now on follow from `what`.
  void seed(std::string_view what) const;
  void note(Exchange exchange);

  [[nodiscard]] vault::World& world() { return world_; }
  [[nodiscard]] const std::string& name() const { return chapter_.name; }
  [[nodiscard]] Chapter take() { return std::move(chapter_); }

 private:
  vault::World world_;
  Chapter chapter_;
};

// Speaker is one connection whose every exchange is written down.
class Speaker {
 public:
  // Local peers.
  Speaker(Scene& scene, std::uint32_t uid);
  // Who comes through the net door with this certificate; zeros: the door itself.
  Speaker(Scene& scene, const crypto::Digest32& certificate);

  // be_quiet ends the writing down until speak(): for what only prepares a chapter.
  void be_quiet() { is_quiet_ = true; }
  void speak() { is_quiet_ = false; }

  // ask asks for what must succeed.
  template <typename Request>
  vault::Answer<Request> ask(std::string_view name, const Request& request) {
    return exchange(name, request, Code::ok);
  }
  // refused asks for what must be refused with this code.
  template <typename Request>
  void refused(std::string_view name, Code code, const Request& request) {
    EXPECT_NE(code, Code::ok);
    exchange(name, request, code);
  }
  // ask_octets sends any payload and tells how it was answered.
  Code ask_octets(std::string_view name, wire::Op op, Bytes payload);
  // refused_octets sends a payload that must be refused with this code.
  void refused_octets(std::string_view name, Code code, wire::Op op, Bytes payload) {
    EXPECT_EQ(ask_octets(name, op, payload), code) << name;
  }

  [[nodiscard]] std::string_view place() const { return place_; }

 private:
  template <typename Request>
  vault::Answer<Request> exchange(std::string_view name, const Request& request, Code expected) {
    Buffer payload;
    codec::encode_secret_into(request, payload);
    Exchange made = send(name, wire::kOp<Request>, payload);
    EXPECT_EQ(made.code, expected) << name << " at " << place_ << ": " << as_text(made.reply);
    vault::Answer<Request> answer;
    answer.code = made.code;
    answer.octets = std::move(made.reply);
    if (answer.ok()) {
      auto decoded = codec::decode<typename Request::Response>(answer.octets);
      EXPECT_TRUE(decoded.ok()) << name;
      if (decoded.ok()) answer.reply = std::move(decoded).value();
    }
    return answer;
  }
  Exchange send(std::string_view name, wire::Op op, Bytes payload);

  Scene& scene_;
  std::string place_;
  vault::Client client_;
  bool is_quiet_ = false;
};

// greeted makes a speaker who has said hello, which is not written down.
template <typename Who>
std::unique_ptr<Speaker> greeted(Scene& scene, const Who& who) {
  auto speaker = std::make_unique<Speaker>(scene, who);
  speaker->be_quiet();
  speaker->ask("hello", wire::Hello{});
  speaker->speak();
  return speaker;
}

// everything reads what a store holds, and put_back makes it hold that and nothing else.
std::vector<store::Record> everything(store::Store& store);
void put_back(store::Store& store, const std::vector<store::Record>& records);

// House is a vault that is open, with two tokens whose PINs are kOfficerPin and kUserPin, and with a client
// on the network that sees the second one. Nobody is logged in. What made it is not written down.
class House {
 public:
  explicit House(std::string chapter);

  // connect_net gives another connection of the client on the network; it has said Hello.
  std::unique_ptr<Speaker> connect_net();
  // connect gives a local connection; it has said Hello.
  std::unique_ptr<Speaker> connect(std::uint32_t uid = vault::kOwner);
  // certificate is the digest of the client's.
  [[nodiscard]] const crypto::Digest32& certificate() const { return certificate_; }
  Chapter take() { return scene.take(); }

  Scene scene;
  std::unique_ptr<Speaker> owner;  // slot 0
  std::unique_ptr<Speaker> door;
  std::unique_ptr<Speaker> net;  // slot 1

 private:
  crypto::Digest32 certificate_{};
};

// log_in and log_out are for exchanges around those that a chapter is about.
void log_in(Speaker& speaker, std::uint32_t slot, wire::UserType user = wire::UserType::user);
void log_out(Speaker& speaker, std::uint32_t slot);

}  // namespace coffer::traces
