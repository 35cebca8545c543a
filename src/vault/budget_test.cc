// Tests: what a user's applications keep has an end, and takes nothing from others.
#include "wire/budget.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

constexpr std::uint32_t kAesGcm = 0x1087;

// Guest is an application of a user with a key that decrypts, which collects everything before it says
// anything.
class Guest {
 public:
  Guest(Vault& vault, std::uint32_t uid, const std::shared_ptr<wire::Totals>& totals) : client_(vault, uid) {
    client_.context()->set_budget(std::make_shared<wire::Budget>(totals));
    EXPECT_TRUE(client_.call(wire::Hello{}).ok());
    const Buffer secret_key = number(4);
    const Buffer aes = number(0x1f);
    const Buffer value(16, 1);
    const auto made = client_.call(wire::CreateObject{.session = 1,
                                                      .attributes = {{attribute::kClass, secret_key},
                                                                     {attribute::kKeyType, aes},
                                                                     {attribute::kValue, value},
                                                                     truth(attribute::kToken, false),
                                                                     truth(attribute::kPrivate, false),
                                                                     truth(attribute::kDecrypt, true)}});
    EXPECT_EQ(made.code, Code::ok);
    key_ = made.reply.object.id;
  }

  // begin gives the number of an operation, or 0.
  std::uint64_t begin() {
    static constexpr std::uint8_t kIv[12] = {};
    wire::Begin begin;
    begin.kind = wire::OperationKind::decrypt;
    begin.key = key_;
    begin.parameters.mechanism = kAesGcm;
    begin.parameters.iv = kIv;
    begin.parameters.tag_bits = 128;
    const auto begun = client_.call(begin);
    return begun.ok() ? begun.reply.operation : 0;
  }
  Code feed(std::uint64_t operation) {
    return client_.call(wire::Update{.operation = operation, .data = part_}).code;
  }
  // fill begins operations and feeds them until something is refused, and gives their numbers.
  std::vector<std::uint64_t> fill() {
    constexpr int kPartsOfOperation = 4;
    std::vector<std::uint64_t> operations;
    for (;;) {
      operations.push_back(begin());
      if (operations.back() == 0) return operations;
      for (int i = 0; i < kPartsOfOperation; ++i) {
        if (feed(operations.back()) != Code::ok) return operations;
      }
    }
  }
  // make makes data objects of a session until one is refused, and tells how many.
  std::size_t make() {
    const Buffer data = number(0);
    const Buffer value(wire::kAttributeBytesMax, 7);
    for (std::size_t count = 0;; ++count) {
      const auto made = client_.call(wire::CreateObject{.session = 2,
                                                        .attributes = {{attribute::kClass, data},
                                                                       {attribute::kValue, value},
                                                                       truth(attribute::kToken, false),
                                                                       truth(attribute::kPrivate, false)}});
      if (!made.ok()) {
        EXPECT_EQ(made.code, Code::limit);
        return count;
      }
    }
  }
  Client& client() { return client_; }

 private:
  Client client_;
  wire::ObjectId key_{};
  const Buffer part_ = Buffer(std::size_t{1} << 20U);
};

class BudgetTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
    ASSERT_EQ(world.owner->call(wire::Grant{.uid = kStranger, .slots = {0}}).code, Code::ok);
  }
  World world;
  std::shared_ptr<wire::Totals> totals = std::make_shared<wire::Totals>();
};

TEST_F(BudgetTest, EndsWhatOperationsCollect) {
  Guest loud(*world.vault, kStranger, totals);
  Guest quiet(*world.vault, kOwner, totals);
  const auto operations = loud.fill();
  EXPECT_LE(operations.size(), 17U);
  EXPECT_GE(operations.size(), 15U);
  EXPECT_LE(totals->kept, wire::kKeptOfUserBytesMax);
  const std::uint64_t other = quiet.begin();
  EXPECT_NE(other, 0U);
  EXPECT_EQ(quiet.feed(other), Code::ok);
  ASSERT_EQ(loud.client().call(wire::Cancel{.operation = operations.front()}).code, Code::ok);
  const std::uint64_t again = loud.begin();
  EXPECT_EQ(loud.feed(again), Code::ok) << "what was given up is there again";
}

// A user with many of the largest operations must not take more than what is counted. (What the sanitizers'
// malloc() holds nobody can ask.)
TEST_F(BudgetTest, CountsAnOperationAsLargeAsItIs) {
  static constexpr std::uint8_t kIv[16] = {};
  struct Row {
    const char* what;
    wire::OperationKind kind;
    wire::ObjectId key;
    wire::Parameters parameters;
    bool is_sized;
  };
  Client& client = *world.owner;
  client.context()->set_budget(std::make_shared<wire::Budget>(totals));
  ASSERT_TRUE(client.call(wire::Hello{}).ok());
  const auto generate = [&](std::uint32_t mechanism, std::initializer_list<wire::Attribute> attributes) {
    wire::GenerateKey request;
    request.mechanism = mechanism;
    request.attributes = attributes;
    const auto made = client.call(request);
    EXPECT_EQ(made.code, Code::ok) << mechanism;
    return made.reply.object.id;
  };
  const Buffer bytes = number(32);
  const auto aes = generate(
      0x1080,
      {{attribute::kValueLen, bytes}, truth(attribute::kEncrypt, true), truth(attribute::kDecrypt, true)});
  const auto chacha = generate(0x1225, {truth(attribute::kEncrypt, true), truth(attribute::kDecrypt, true)});
  const auto secret = generate(0x350, {{attribute::kValueLen, bytes}, truth(attribute::kSign, true)});
  const auto pair = world.generate_p256(false);
  ASSERT_TRUE(pair.ok());
  const Bytes iv12 = Bytes(kIv).first(12);
  using Kind = wire::OperationKind;
  const wire::Parameters gcm{.mechanism = 0x1087, .iv = iv12, .tag_bits = 128};
  const wire::Parameters ccm{.mechanism = 0x1088, .iv = Bytes(kIv).first(7), .tag_bits = 128};
  const wire::Parameters poly{.mechanism = 0x4021, .iv = iv12, .tag_bits = 128};
  const wire::Parameters cbc{.mechanism = 0x1085, .iv = kIv};
  const std::vector<Row> rows = {
      {"gcm", Kind::encrypt, aes, gcm, true},
      {"gcm", Kind::decrypt, aes, gcm, true},
      {"gcm", Kind::encrypt, aes, gcm, false},
      {"gcm", Kind::decrypt, aes, gcm, false},
      {"ccm", Kind::encrypt, aes, ccm, true},
      {"ccm", Kind::decrypt, aes, ccm, true},
      {"chacha20-poly1305", Kind::encrypt, chacha, poly, true},
      {"chacha20-poly1305", Kind::decrypt, chacha, poly, true},
      {"chacha20-poly1305", Kind::encrypt, chacha, poly, false},
      {"cbc", Kind::encrypt, aes, cbc, false},
      {"cbc", Kind::decrypt, aes, cbc, false},
      {"sha512", Kind::digest, {}, {.mechanism = 0x270}, false},
      {"hmac-sha512", Kind::sign, secret, {.mechanism = 0x271}, false},
      {"ecdsa-sha256", Kind::sign, pair.reply.private_key.id, {.mechanism = 0x1044}, false},
      {"ecdsa-sha256", Kind::verify, pair.reply.public_key.id, {.mechanism = 0x1044}, false},
  };
  for (const Row& row : rows) {
    const auto begin = [&] {
      const wire::Begin request{row.kind, 0, row.key, row.parameters};
      return row.is_sized ? client.call(wire::BeginSized{request, std::uint64_t{8} << 20U}).reply.operation
                          : client.call(request).reply.operation;
    };
    std::vector<std::uint64_t> begun(300);
    ASSERT_NE(begun.front() = begin(), 0U) << row.what;
    const std::size_t counted_before = totals->kept;
    const std::size_t taken_before = mallinfo2().uordblks;
    for (std::size_t i = 1; i < begun.size(); ++i) begun[i] = begin();
    const std::size_t taken = mallinfo2().uordblks - std::min(mallinfo2().uordblks, taken_before);
    EXPECT_LE(taken, totals->kept - counted_before) << row.what << ' ' << static_cast<int>(row.kind) << ": "
                                                    << taken / (begun.size() - 1) << " octets each";
    for (const std::uint64_t each : begun) client.call(wire::Cancel{each});
  }
}

TEST_F(BudgetTest, EndsSessionObjects) {
  Guest loud(*world.vault, kStranger, totals);
  const std::size_t count = loud.make();
  EXPECT_LT(count, wire::kKeptOfUserBytesMax / wire::kAttributeBytesMax);
  EXPECT_LT(count, wire::kSessionObjectsMax);
  ASSERT_EQ(loud.client().call(wire::CloseSession{.session = 2}).code, Code::ok);
  EXPECT_EQ(loud.make(), count);
}

// Each use of a key that may leave the vault is written before its output goes out.
TEST_F(BudgetTest, EndsOutputsThatWaitForTheirLines) {
  constexpr std::uint32_t kAesCbcPad = 0x1085;
  constexpr std::size_t kDataBytes = std::size_t{2} << 20U;
  const Buffer iv(16);
  const Buffer data(kDataBytes);
  const Buffer length = number(32);
  const auto key = world.owner->call(wire::GenerateKey{.mechanism = 0x1080,
                                                       .attributes = {{attribute::kValueLen, length},
                                                                      truth(attribute::kToken, true),
                                                                      truth(attribute::kEncrypt, true),
                                                                      truth(attribute::kExtractable, true)}});
  ASSERT_EQ(key.code, Code::ok);
  const auto pair = world.generate_p256();
  ASSERT_EQ(pair.code, Code::ok);
  const auto ask = [&](const auto& request) {
    codec::WipingBuffer payload;
    codec::encode_secret_into(request, payload.octets);
    return world.owner->send(wire::kOp<std::remove_cvref_t<decltype(request)>>, payload.octets);
  };
  ASSERT_EQ(
      world.owner->call(wire::KeyPolicySet{.key = pair.reply.private_key.id, .policy = {.uses_max = 9}}).code,
      Code::ok);
  world.owner->context()->set_budget(std::make_shared<wire::Budget>(totals));
  world.store.hold_commits(true);
  const auto counted = ask(World::signature_by(pair.reply.private_key.id));
  world.store.wait_until_held();
  constexpr std::size_t kOutputsMax = wire::kKeptOfUserBytesMax / kDataBytes;
  std::vector<std::shared_ptr<CapturedReply>> outputs;
  for (std::size_t i = 0; i <= kOutputsMax; ++i) {
    outputs.push_back(ask(wire::Encrypt{
        .key = key.reply.object.id, .parameters = {.mechanism = kAesCbcPad, .iv = iv}, .data = data}));
  }
  EXPECT_LE(totals->kept, wire::kKeptOfUserBytesMax);
  EXPECT_TRUE(outputs.back()->is_answered()) << "it is refused at once";
  EXPECT_FALSE(outputs.front()->is_answered());
  world.store.hold_commits(false);
  EXPECT_EQ(counted->wait(), Code::ok);
  EXPECT_EQ(outputs.front()->wait(), Code::ok);
  EXPECT_EQ(outputs.back()->wait(), Code::limit);
  for (const auto& each : outputs) each->wait();
  EXPECT_EQ(totals->kept, 0U);
}

TEST_F(BudgetTest, IsGivenBackWhenTheApplicationEnds) {
  {
    Guest loud(*world.vault, kStranger, totals);
    loud.fill();
    EXPECT_GT(totals->kept, wire::kKeptOfUserBytesMax / 2);
  }
  EXPECT_EQ(totals->kept, 0U);
}

}  // namespace
}  // namespace coffer::vault
