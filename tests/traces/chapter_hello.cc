// The chapter "hello": how a connection begins at each entrance.
#include <algorithm>
#include <array>

#include "tests/traces/chapters.h"
#include "tests/traces/scene.h"

namespace coffer::traces {
namespace {

void greet(House& house, const std::function<std::unique_ptr<Speaker>()>& connect) {
  const auto first = connect();
  first->refused("a hello of another version", Code::unsupported,
                 wire::Hello{.version = wire::kProtocolVersion + 1});
  first->refused_octets("a hello that is cut short", Code::malformed, wire::kOp<wire::Hello>,
                        Buffer{1, 0, 0});
  const auto hello = first->ask("hello", wire::Hello{});
  const auto second = connect();
  const auto joined = second->ask("hello of a fork",
                                  wire::Hello{.joins = true, .application = clone(hello.reply.application)});
  EXPECT_TRUE(equal_secret(joined.reply.application, hello.reply.application));
  const auto third = connect();
  wire::Hello unknown{.joins = true};
  std::ranges::copy(std::array<std::uint8_t, 3>{1, 2, 3}, unknown.application.reveal().begin());
  third->ask("hello of a fork of nobody", unknown);
  house.scene.settle();
}

}  // namespace

Chapter hello_chapter() {
  House house("hello");
  greet(house, [&house] { return std::make_unique<Speaker>(house.scene, vault::kOwner); });
  greet(house, [&house] { return std::make_unique<Speaker>(house.scene, house.certificate()); });
  greet(house, [&house] { return std::make_unique<Speaker>(house.scene, crypto::Digest32{}); });
  return house.take();
}

}  // namespace coffer::traces
