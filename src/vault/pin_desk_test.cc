// Tests: requests with PINs wait in their own place, take turns by user, and hold up neither workers nor
// whoever locks the vault.
#include "vault/pin_desk.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

constexpr std::uint32_t kLoud = 7;
constexpr std::uint32_t kQuiet = 9;

// Desk answers each request with its payload, and stands still while it is told to.
class Desk {
 public:
  explicit Desk(bool stands) : stands_(stands) {}
  ~Desk() { go(); }
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  void go() {
    const std::lock_guard lock(mutex_);
    stands_ = false;
    changed_.notify_all();
  }
  // ask gives the answer to come.
  std::shared_ptr<CapturedReply> ask(std::uint32_t uid, std::shared_ptr<wire::ConnectionContext> context) {
    auto captured = std::make_shared<CapturedReply>();
    const Buffer payload{static_cast<std::uint8_t>(uid)};
    wire::Incoming incoming{.op = wire::kOp<wire::Login>,
                            .payload = payload,
                            .context = std::move(context),
                            .reply = wire::Reply(captured)};
    desk_.take(uid, incoming);
    return captured;
  }
  void wait_until_begun() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return has_begun_; });
  }
  // order is the users in the order in which they were answered.
  std::vector<std::uint32_t> order() {
    const std::lock_guard lock(mutex_);
    return order_;
  }
  void forget(std::uint32_t uid, const wire::ConnectionContext& context) { desk_.forget(uid, context); }

 private:
  void answer(wire::Incoming& incoming) {
    std::unique_lock lock(mutex_);
    has_begun_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !stands_; });
    order_.push_back(incoming.payload[0]);
    incoming.reply.send(incoming.payload);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stands_;
  bool has_begun_ = false;
  std::vector<std::uint32_t> order_;
  PinDesk desk_{[this](wire::Incoming& incoming) { answer(incoming); }};
};

std::shared_ptr<wire::ConnectionContext> connection_of(std::uint32_t uid) {
  host::Peer peer;
  peer.uid = uid;
  return std::make_shared<Connection>(peer, AdmittedAs::owner);
}

TEST(PinDesk, WhoAsksOnceWaitsForOneOfEachOtherUser) {
  Desk desk(true);
  const auto loud = connection_of(kLoud);
  std::vector<std::shared_ptr<CapturedReply>> asked{desk.ask(kLoud, loud)};
  desk.wait_until_begun();
  for (int i = 0; i < 40; ++i) asked.push_back(desk.ask(kLoud, loud));
  asked.push_back(desk.ask(kQuiet, connection_of(kQuiet)));
  desk.go();
  for (const auto& each : asked) EXPECT_EQ(each->wait(), Code::ok);
  EXPECT_EQ(desk.order()[1], kQuiet) << "behind the one that had begun";
}

TEST(PinDesk, AUserHasABoundedNumberOfThem) {
  Desk desk(true);
  const auto loud = connection_of(kLoud);
  std::vector<std::shared_ptr<CapturedReply>> asked{desk.ask(kLoud, loud)};
  desk.wait_until_begun();
  for (std::size_t i = 0; i < kPinsOfUserMax; ++i) asked.push_back(desk.ask(kLoud, loud));
  EXPECT_EQ(desk.ask(kLoud, loud)->wait(), Code::limit);
  asked.push_back(desk.ask(kQuiet, connection_of(kQuiet)));
  desk.go();
  for (const auto& each : asked) EXPECT_EQ(each->wait(), Code::ok);
}

TEST(PinDesk, ManyUsersTogetherLeaveRoomForOneOfEach) {
  Desk desk(true);
  std::vector<std::shared_ptr<CapturedReply>> asked{desk.ask(kQuiet, connection_of(kQuiet))};
  desk.wait_until_begun();
  for (std::size_t i = 0; i < kPinsMax; ++i) {
    const auto uid = static_cast<std::uint32_t>(100 + i / kPinsOfUserMax);
    asked.push_back(desk.ask(uid, connection_of(uid)));
  }
  asked.push_back(desk.ask(kLoud, connection_of(kLoud)));
  EXPECT_EQ(desk.ask(kLoud, connection_of(kLoud))->wait(), Code::limit);
  desk.go();
  for (const auto& each : asked) EXPECT_EQ(each->wait(), Code::ok);
}

TEST(PinDesk, AConnectionThatEndsTakesItsRequestsAlong) {
  Desk desk(true);
  const auto gone = connection_of(kLoud);
  const auto begun = desk.ask(kLoud, gone);
  desk.wait_until_begun();
  const auto waiting = desk.ask(kLoud, gone);
  const auto other = desk.ask(kLoud, connection_of(kLoud));
  desk.forget(kLoud, *gone);
  EXPECT_EQ(waiting->wait(), Code::internal) << "it was dropped";
  desk.go();
  EXPECT_EQ(begun->wait(), Code::ok) << "a try that had begun is made";
  EXPECT_EQ(other->wait(), Code::ok);
  EXPECT_EQ(desk.order().size(), 2U);
}

TEST(PinDesk, ARequestThatIsTooLongIsRefused) {
  Desk desk(false);
  auto captured = std::make_shared<CapturedReply>();
  const Buffer payload(kPinRequestBytesMax + 1);
  wire::Incoming incoming{.op = wire::kOp<wire::Login>,
                          .payload = payload,
                          .context = connection_of(kLoud),
                          .reply = wire::Reply(captured)};
  PinDesk never([](wire::Incoming&) {});
  never.take(kLoud, incoming);
  EXPECT_EQ(captured->wait(), Code::malformed);
}

// HeldPins is a vault with a token; its commits wait while a test holds them.
class HeldPins : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world_.start().ok());
    ASSERT_EQ(world_.initialize(), Code::ok);
    ASSERT_EQ(world_.create_token(), Code::ok);
    wire::Login login{.slot = 0, .user = wire::UserType::user, .pin = secret("1234")};
    codec::encode_secret_into(login, payload_.octets);
  }
  void TearDown() override { world_.store.hold_commits(false); }
  std::shared_ptr<CapturedReply> log_in() {
    return world_.owner->send(wire::kOp<wire::Login>, payload_.octets);
  }

  World world_;
  codec::WipingBuffer payload_;
};

TEST_F(HeldPins, NoWorkerWaitsForAPin) {
  world_.store.hold_commits(true);
  auto asked = std::async(std::launch::async, [this] { return log_in(); });
  EXPECT_EQ(asked.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  world_.store.hold_commits(false);
  EXPECT_EQ(asked.get()->wait(), Code::ok);
}

TEST_F(HeldPins, WhoLocksTheVaultWaitsForThePinThatIsBeingTriedAndNoOther) {
  world_.store.hold_commits(true);
  std::vector<std::shared_ptr<CapturedReply>> asked;
  auto asking = std::async(std::launch::async, [this, &asked] {
    for (int i = 0; i < 20; ++i) asked.push_back(log_in());
  });
  EXPECT_EQ(asking.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  world_.store.wait_until_held();
  auto locking = std::async(std::launch::async, [this] {
    Client owner(*world_.vault, kOwner);
    EXPECT_TRUE(owner.call(wire::Hello{}).ok());
    return owner.call(wire::Lock{}).code;
  });
  world_.store.hold_commits(false);
  asking.get();
  EXPECT_EQ(locking.get(), Code::ok);
  EXPECT_EQ(asked.back()->wait(), Code::locked);
}

TEST_F(HeldPins, ADeadlineIsAskedWhenItsTurnComes) {
  world_.store.hold_commits(true);
  const auto first = log_in();
  world_.store.wait_until_held();
  auto late = std::make_shared<CapturedReply>();
  wire::Incoming incoming{.op = wire::kOp<wire::Login>,
                          .payload = payload_.octets,
                          .context = world_.owner->context(),
                          .deadline_boot_milliseconds = world_.clock.boot_milliseconds() + 10,
                          .reply = wire::Reply(late)};
  world_.vault->handle({&incoming, 1});
  world_.clock.advance(11);
  world_.store.hold_commits(false);
  EXPECT_EQ(first->wait(), Code::ok);
  EXPECT_EQ(late->wait(), Code::timed_out);
}

}  // namespace
}  // namespace coffer::vault
