// Tests of the summary of uses: however many keys were used in a second, commits go on and every use is
// recorded.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "store/audit_log.h"
#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

constexpr std::uint32_t kAesKeyGen = 0x1080;
constexpr std::uint32_t kAesEcb = 0x1081;
constexpr std::uint8_t kBytes16[8] = {16};

void make_and_use(Client& client, std::size_t count) {
  static constexpr std::uint8_t kBlock[16] = {};
  for (std::size_t i = 0; i < count; ++i) {
    wire::GenerateKey request;
    request.mechanism = kAesKeyGen;
    request.attributes = {{attribute::kValueLen, kBytes16}, truth(attribute::kEncrypt, true)};
    const auto made = client.call(request);
    ASSERT_TRUE(made.ok());
    wire::Encrypt use;
    use.key = made.reply.object.id;
    use.parameters.mechanism = kAesEcb;
    use.data = kBlock;
    ASSERT_TRUE(client.call(use).ok());
  }
}

std::size_t count_lines(const store::MemoryAuditLog& audit, std::string_view part) {
  return static_cast<std::size_t>(std::ranges::count_if(
      audit.lines(), [part](const std::string& line) { return line.find(part) != std::string::npos; }));
}

TEST(VaultUsage, OfMoreKeysThanOneAppendHoldsIsRecordedAndHindersNobody) {
  constexpr std::size_t kEach = store::kAuditLinesMax / 2 + 100;
  World world;
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.initialize(), Code::ok);
  ASSERT_EQ(world.create_token(), Code::ok);
  Client second(*world.vault, kOwner);
  ASSERT_TRUE(second.call(wire::Hello{}).ok());
  ASSERT_TRUE(second.call(wire::Login{.slot = 0, .user = wire::UserType::user, .pin = secret("1234")}).ok());
  make_and_use(*world.owner, kEach);
  make_and_use(second, kEach);
  world.clock.advance(2000);
  EXPECT_TRUE(world.generate_p256().ok());
  EXPECT_EQ(world.owner->call(wire::Lock{}).code, Code::ok);
  EXPECT_EQ(count_lines(world.audit, "\"key.encrypt\""), 2 * kEach);
}

}  // namespace
}  // namespace coffer::vault
