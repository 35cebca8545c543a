// A vault in memory for tests: requests go in as the wire would bring them, replies come back decoded.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/fixed_clock_testing.h"
#include "codec/binary.h"
#include "store/faulty_store.h"
#include "store/mark_file.h"
#include "store/memory_audit_log.h"
#include "store/memory_store.h"
#include "vault/vault.h"

namespace coffer::vault {

// CapturedReply waits for one answer.
class CapturedReply final : public wire::ReplySink {
 public:
  void deliver(Code code, Bytes payload) override {
    const std::lock_guard lock(mutex_);
    code_ = code;
    payload_ = to_buffer(payload);
    ++deliveries_;
    arrived_.notify_all();
  }
  Code wait() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return deliveries_ > 0; });
    return code_;
  }
  [[nodiscard]] bool is_answered() {
    const std::lock_guard lock(mutex_);
    return deliveries_ > 0;
  }
  [[nodiscard]] const Buffer& payload() const { return payload_; }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  Code code_ = Code::internal;
  Buffer payload_;
  int deliveries_ = 0;
};

// Answer is a reply with the octets it may view into.
template <typename Request>
struct Answer {
  Code code = Code::internal;
  Buffer octets;
  typename Request::Response reply{};
  [[nodiscard]] bool ok() const { return code == Code::ok; }
};

// Client is one connection to the vault under test.
class Client {
 public:
  // With the groups of the user `uid`: that of his own number, and `groups`.
  Client(Vault& vault, std::uint32_t uid, std::vector<gid_t> groups = {}) : vault_(vault) {
    host::Peer peer;
    peer.uid = uid;
    peer.gid = uid;
    peer.pid = 1;
    peer.groups = std::move(groups);
    auto admitted = vault.connected(peer);
    refused_ = admitted.ok() ? Code::ok : admitted.error().code;
    if (admitted.ok()) context_ = std::move(admitted).value();
  }
  // For one that came through the net door.
  Client(Vault& vault, Result<std::shared_ptr<wire::ConnectionContext>> admitted) : vault_(vault) {
    refused_ = admitted.ok() ? Code::ok : admitted.error().code;
    if (admitted.ok()) context_ = std::move(admitted).value();
  }
  ~Client() {
    if (context_) vault_.disconnected(context_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] Code refused() const { return refused_; }

  std::shared_ptr<CapturedReply> send(wire::Op op, Bytes payload) {
    auto captured = std::make_shared<CapturedReply>();
    wire::Incoming incoming{
        .op = op, .payload = payload, .context = context_, .reply = wire::Reply(captured)};
    vault_.handle({&incoming, 1});
    return captured;
  }

  template <typename Request>
  Answer<Request> call(const Request& request) {
    codec::WipingBuffer payload;
    codec::encode_secret_into(request, payload.octets);
    const auto captured = send(wire::kOp<Request>, payload.octets);
    Answer<Request> answer;
    answer.code = captured->wait();
    answer.octets = captured->payload();
    if (answer.ok()) {
      auto decoded = codec::decode<typename Request::Response>(answer.octets);
      if (decoded.ok()) {
        answer.reply = std::move(decoded).value();
      } else {
        answer.code = Code::malformed;
      }
    }
    return answer;
  }

  std::shared_ptr<wire::ConnectionContext> context() const { return context_; }

 private:
  Vault& vault_;
  Code refused_ = Code::ok;
  std::shared_ptr<wire::ConnectionContext> context_;
};

// Batch is several requests, perhaps of several clients, that one worker brings to the vault together.
class Batch {
 public:
  template <typename Request>
  void add(const Client& client, const Request& request, std::uint64_t deadline_boot_milliseconds = 0) {
    payloads_.push_back(codec::encode(request));
    replies_.push_back(std::make_shared<CapturedReply>());
    requests_.push_back({.op = wire::kOp<Request>,
                         .payload = payloads_.back(),
                         .context = client.context(),
                         .deadline_boot_milliseconds = deadline_boot_milliseconds,
                         .reply = wire::Reply(replies_.back())});
  }
  // handle gives the code of each answer, in the order of the requests.
  std::vector<Code> handle(Vault& vault) {
    start(vault);
    return wait();
  }
  // start and wait are its two halves.
  void start(Vault& vault) { vault.handle(requests_); }
  [[nodiscard]] bool is_any_answered() const {
    return std::ranges::any_of(replies_, [](const auto& each) { return each->is_answered(); });
  }
  std::vector<Code> wait() {
    std::vector<Code> codes;
    for (const auto& reply : replies_) codes.push_back(reply->wait());
    return codes;
  }

 private:
  std::deque<Buffer> payloads_;  // the requests view into them
  std::vector<std::shared_ptr<CapturedReply>> replies_;
  std::vector<wire::Incoming> requests_;
};

inline constexpr std::uint32_t kOwner = 1000;
inline constexpr std::uint32_t kStranger = 2000;

inline record::Who user(std::uint32_t uid) { return record::Who(wire::user_principal(uid)); }

// host_key is the secret of a host that tests tell apart by a number.
inline record::HostKey host_key(std::uint8_t host) {
  const std::array<std::uint8_t, record::HostKey::kBytes> octets{host};
  record::HostKey key;
  codec::BinaryReader reader(octets);
  const Status read = reader(key);
  static_cast<void>(read.ok());
  return key;
}

inline SecretBytes secret(std::string_view text) { return SecretBytes::copy_of(as_bytes(text)); }

// resume goes on with the login of a reply; ticket_of shows any octets as a ticket.
inline wire::Resume resume(const wire::LoginReply& login) { return {clone(login.ticket)}; }
inline wire::LoginTicket ticket_of(Bytes octets) { return {{SecretBytes::copy_of(octets)}}; }

// Template building: values must outlive the template.
inline const std::uint8_t kTrue = 1;
inline const std::uint8_t kFalse = 0;
inline wire::Attribute truth(std::uint32_t type, bool value) {
  return {type, Bytes(value ? &kTrue : &kFalse, 1)};
}

// number gives a CK_ULONG as templates hold it.
inline Buffer number(std::uint64_t value) {
  Buffer octets;
  codec::BinaryWriter writer(octets);
  CHECK(writer(value).ok());
  return octets;
}

// numbers gives several, as CKA_ALLOWED_MECHANISMS holds them.
inline Buffer numbers(std::initializer_list<std::uint64_t> values) {
  Buffer octets;
  for (const std::uint64_t value : values) append(octets, number(value));
  return octets;
}

// World is everything around a vault; the vault can be stopped and started again on the same store.
class World {
 public:
  store::MemoryStore memory;
  store::FaultyStore store{memory};
  store::MemoryAuditLog audit;
  store::MemoryMarkFile mark;
  FixedClock clock;
  std::atomic<int> fatal_count = 0;
  crypto::Digest32 binary{};                 // of the program, as the guard would say
  bool was_debugged = false;                 // likewise, of the next start
  std::optional<std::uint32_t> group_gid;    // of the group coffer
  std::vector<UserRange> subordinate_users;  // whom that group does not admit
  std::unique_ptr<Vault> vault;
  std::unique_ptr<Client> owner;

  // start makes the vault on what the store holds. `host` tells hosts apart.
  Status start(std::uint8_t host = 1) {
    stop();
    audit.reopen();
    record::HostKey key = host_key(host);
    vault = TRY(Vault::create({.store = store,
                               .audit_log = audit,
                               .mark_file = mark,
                               .clock = clock,
                               .host_key = std::move(key),
                               .owner_uid = kOwner,
                               .group_gid = group_gid,
                               .subordinate_users = subordinate_users,
                               .binary = binary,
                               .was_debugged = std::exchange(was_debugged, false),
                               .on_fatal =
                                   [this] {
                                     ++fatal_count;
                                     fatal_count.notify_all();
                                   },
                               .on_shut_down = [] {}}));
    owner = std::make_unique<Client>(*vault, kOwner);
    const auto hello = owner->call(wire::Hello{});
    return hello.ok() ? Status{} : Status(Error{Code::internal, "Hello failed"});
  }
  void stop() {
    owner.reset();
    vault.reset();
  }

  Code initialize(std::string_view passphrase = {}) {
    wire::Initialize request;
    request.root_of_trust = passphrase.empty() ? wire::RootOfTrust::file : wire::RootOfTrust::passphrase;
    request.passphrase = secret(passphrase);
    request.stretch_milliseconds = 1;
    return owner->call(request).code;
  }
  Code create_token(std::uint32_t slot = 0) {
    wire::InitToken init{.slot = slot, .officer_pin = secret("12345678"), .label = "token"};
    if (const Code code = owner->call(init).code; code != Code::ok) return code;
    wire::Login officer{.slot = slot, .user = wire::UserType::security_officer, .pin = secret("12345678")};
    if (const Code code = owner->call(officer).code; code != Code::ok) return code;
    wire::InitPin pin{.slot = slot, .pin = secret("1234")};
    if (const Code code = owner->call(pin).code; code != Code::ok) return code;
    if (const Code code = owner->call(wire::Logout{slot}).code; code != Code::ok) return code;
    return login(slot);
  }
  Code login(std::uint32_t slot = 0, std::string_view pin = "1234") {
    wire::Login user{.slot = slot, .user = wire::UserType::user, .pin = secret(pin)};
    return owner->call(user).code;
  }
  // wait_for_pins lets the longest wait after wrong PINs pass.
  void wait_for_pins() { clock.advance(pin_delay_milliseconds(kPinTriesMax)); }
  [[nodiscard]] wire::VaultState state() { return owner->call(wire::StatusRequest{}).reply.state; }

  // A P-256 pair on the token; the private key may sign.
  Answer<wire::GenerateKeyPair> generate_p256(bool token = true, std::uint32_t slot = 0) {
    static constexpr std::uint8_t kP256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    static constexpr std::uint8_t kName[] = {'n', 'a', 'm', 'e', 'd'};
    wire::GenerateKeyPair request;
    request.slot = slot;
    request.mechanism = 0x1040;
    request.public_attributes = {{attribute::kEcParams, kP256}, truth(attribute::kToken, token)};
    request.private_attributes = {
        truth(attribute::kToken, token), {attribute::kLabel, kName}, {attribute::kId, kName}};
    return owner->call(request);
  }
  static wire::Sign signature_by(const wire::ObjectId& key, std::uint32_t mechanism = 0x1041) {
    static constexpr std::uint8_t kDigest[32] = {1, 2, 3};
    wire::Sign request;
    request.key = key;
    request.parameters.mechanism = mechanism;
    request.data = kDigest;
    return request;
  }
  Answer<wire::Sign> sign(const wire::ObjectId& key, std::uint32_t mechanism = 0x1041) {
    return owner->call(signature_by(key, mechanism));
  }
};

}  // namespace coffer::vault
