// Fake chip: a scripted wire::Client for the tests of this folder. Headers only; nothing else includes it.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "codec/binary.h"
#include "pkcs11/connection.h"
#include "pkcs11/functions.h"
#include "pkcs11/module.h"
#include "wire/client.h"
#include "wire/messages.h"
#include "wire/once_messages.h"

namespace coffer::pkcs11 {

// FakeChip answers requests by a table of functions, which a test changes, and counts them. It stands for the
// chip itself: several connections speak to one.
class FakeChip {
 public:
  static wire::MechanismsReply mechanisms() {
    constexpr std::uint32_t kSigning = CKF_SIGN | CKF_VERIFY;
    constexpr std::uint32_t kRecovering = CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER;
    constexpr std::uint32_t kCipher = CKF_ENCRYPT | CKF_DECRYPT;
    return wire::MechanismsReply{{{CKM_RSA_PKCS, kSigning | kRecovering | kCipher, 2048, 4096, 1},
                                  {CKM_SHA256_RSA_PKCS, kSigning, 2048, 4096, 1},
                                  {CKM_SHA256, CKF_DIGEST, 0, 0, 0},
                                  {CKM_SHA256_HMAC, kSigning, 1, 512, 6},
                                  {CKM_ECDSA, kSigning, 256, 521, 2},
                                  {CKM_AES_KEY_GEN, CKF_GENERATE, 16, 32, 5},
                                  {CKM_AES_CBC, kCipher, 16, 32, 5},
                                  {CKM_AES_CBC_PAD, kCipher | CKF_WRAP | CKF_UNWRAP, 16, 32, 5},
                                  {CKM_AES_GCM, kCipher, 16, 32, 5}}};
  }

  using Handler = std::function<Result<Buffer>(Bytes payload)>;

  FakeChip() {
    on<wire::Slots>([](const wire::Slots&) {
      wire::SlotsReply reply;
      wire::TokenInfo& token = reply.slots.emplace_back();
      token.initialized = true;
      token.label = "vault";
      token.user_pin_set = true;
      token.user_tries_left = token.officer_tries_left = token.tries_max = 10;
      reply.slots.emplace_back().slot = 1;
      return reply;
    });
    on<wire::Mechanisms>([](const wire::Mechanisms&) { return mechanisms(); });
    on<wire::TokenMechanisms>([](const wire::TokenMechanisms&) { return mechanisms(); });
    on<wire::Login>([](const wire::Login&) { return login_reply(); });
    on<wire::Once>([this](const wire::Once& request) -> Result<wire::OutputReply> {
      const auto op = static_cast<wire::Op>(request.op);
      ++counts[op];
      once_ids.push_back(request.id);
      const auto handler = handlers.find(op);
      if (handler == handlers.end()) return Error{Code::unsupported, "not scripted"};
      enclosed = TRY(handler->second(request.request));
      return wire::OutputReply{enclosed};
    });
    accept<wire::Resume>();
    accept<wire::Logout>();
    accept<wire::CloseSession>();
    accept<wire::Cancel>();
    on<wire::Find>([this](const wire::Find& request) {
      wire::FindReply reply;
      for (const wire::ObjectSummary& each : objects) {
        if (request.after && each.id <= *request.after) continue;
        if (reply.objects.size() == request.count_max) {
          reply.more = true;
          break;
        }
        reply.objects.push_back(each);
      }
      return reply;
    });
  }

  // on sets the answer to a request; `handler` takes a decoded Request and gives its Response or a Result of
  // it.
  template <typename Request, typename Answerer>
  void on(Answerer answerer) {
    handlers[wire::kOp<Request>] = [answerer](Bytes payload) -> Result<Buffer> {
      const auto request = TRY(codec::decode<Request>(payload));
      const Result<typename Request::Response> response = answerer(request);
      if (!response.ok()) return response.error();
      return codec::encode(response.value());
    };
  }
  template <typename Request>
  void accept() {
    on<Request>([](const Request&) { return wire::Empty{}; });
  }

  // login_reply is the answer to a login, with some ticket.
  static wire::LoginReply login_reply() { return {{{SecretBytes::copy_of(as_bytes("ticket"))}}}; }

  [[nodiscard]] int count(wire::Op op) const {
    const auto found = counts.find(op);
    return found == counts.end() ? 0 : found->second;
  }

  // add makes an object that Find finds; ids count up.
  void add(CK_OBJECT_CLASS object_class, CK_KEY_TYPE key_type, std::uint32_t uses, std::uint32_t bits,
           bool is_private = false) {
    wire::ObjectSummary summary;
    summary.id[14] = static_cast<std::uint8_t>((objects.size() + 1) >> 8U);
    summary.id[15] = static_cast<std::uint8_t>(objects.size() + 1);
    summary.object_class = static_cast<std::uint32_t>(object_class);
    summary.key_type = static_cast<std::uint32_t>(key_type);
    summary.is_token = true;
    summary.is_private = is_private;
    summary.uses = uses;
    summary.bits = bits;
    objects.push_back(summary);
  }

  // die breaks all connections; new ones find a chip of another incarnation.
  void die() {
    ++incarnation;
    knows_applications = false;
  }

  std::map<wire::Op, Handler> handlers;
  std::map<wire::Op, int> counts;
  std::vector<wire::ObjectSummary> objects;
  std::vector<wire::RequestId> once_ids;  // of the requests that came inside Once
  Buffer enclosed;                        // what the last of them was answered
  std::uint64_t incarnation = 1;
  std::uint8_t application_count = 0;
  bool knows_applications = true;
  bool is_reachable = true;
  int connection_count = 0;
};

// FakeClient is one connection to a FakeChip.
class FakeClient final : public wire::Client {
 public:
  FakeClient(FakeChip& chip, wire::ApplicationId application) : chip_(chip) {
    hello_.application = std::move(application);
    hello_.incarnation = chip.incarnation;
    hello_.state = wire::VaultState::unlocked;
  }

  [[nodiscard]] const wire::HelloReply& hello() const override { return hello_; }
  [[nodiscard]] int pid() const override { return pid_; }
  [[nodiscard]] bool alive() const override { return !saw_death_ && pid_ == ::getpid(); }
  [[nodiscard]] bool has_ring() const override { return false; }
  [[nodiscard]] std::string last_error_text() const override { return {}; }

  Status exchange(wire::Op op, Bytes request, std::uint32_t /*deadline_milliseconds*/,
                  const std::function<Status(Bytes payload)>& on_reply) override {
    if (is_cut_off()) return Error{Code::unavailable, "the chip is gone"};
    ++chip_.counts[op];
    const auto handler = chip_.handlers.find(op);
    if (handler == chip_.handlers.end()) return Error{Code::unsupported, "not scripted"};
    const Buffer reply = TRY(handler->second(request));
    // The chip may have died while it worked.
    if (is_cut_off()) return Error{Code::unavailable, "the chip is gone"};
    return on_reply(reply);
  }

 private:
  bool is_cut_off() {
    saw_death_ = saw_death_ || pid_ != ::getpid() || hello_.incarnation != chip_.incarnation;
    return saw_death_;
  }

  FakeChip& chip_;
  wire::HelloReply hello_;
  int pid_ = ::getpid();
  bool saw_death_ = false;
};

// FakeConnector connects to a FakeChip.
class FakeConnector final : public Connector {
 public:
  explicit FakeConnector(FakeChip& chip) : chip_(chip) {}

  Result<std::unique_ptr<wire::Client>> connect(const wire::ApplicationId* application, Patience) override {
    if (!chip_.is_reachable) return Error{Code::not_found, "nobody there"};
    ++chip_.connection_count;
    wire::ApplicationId id{};
    if (application != nullptr && chip_.knows_applications) {
      id = clone(*application);
    } else {
      const std::array<std::uint8_t, wire::ApplicationId::kBytes> octets{++chip_.application_count};
      codec::BinaryReader reader(octets);
      TRY(reader(id));
    }
    return std::unique_ptr<wire::Client>(std::make_unique<FakeClient>(chip_, std::move(id)));
  }

 private:
  FakeChip& chip_;
};

// ModuleTest runs the module on a fake chip.
class ModuleTest : public testing::Test {
 public:
  ~ModuleTest() override { static_cast<void>(Module::stop().code()); }

 protected:
  ModuleTest() { EXPECT_EQ(Module::start(std::make_unique<FakeConnector>(chip)).code(), CKR_OK); }

  CK_SESSION_HANDLE open(CK_FLAGS flags = CKF_RW_SESSION) {
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    EXPECT_EQ(open_session(0, CKF_SERIAL_SESSION | flags, nullptr, nullptr, &session), CKR_OK);
    return session;
  }

  CK_RV log_in(CK_SESSION_HANDLE session, CK_USER_TYPE user = CKU_USER) {
    CK_UTF8CHAR pin[] = "1234";
    return login(session, user, pin, 4);
  }

  // find_all gives handles to every object of the chip.
  std::vector<CK_OBJECT_HANDLE> find_all(CK_SESSION_HANDLE session) {
    EXPECT_EQ(find_objects_init(session, nullptr, 0), CKR_OK);
    std::vector<CK_OBJECT_HANDLE> handles(5000);
    CK_ULONG count = 0;
    EXPECT_EQ(find_objects(session, handles.data(), handles.size(), &count), CKR_OK);
    EXPECT_EQ(find_objects_final(session), CKR_OK);
    handles.resize(count);
    return handles;
  }

  FakeChip chip;
};

}  // namespace coffer::pkcs11
