// VaultWorld: starting a vault in memory, and asking it.
#include "vault_world.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "base/check.h"
#include "decode_any.h"

namespace coffer::fuzzing {

namespace {

constexpr std::chrono::seconds kAnswerTimeMax{60};
constexpr std::string_view kDropped =
    "the request was dropped";  // what wire::Reply says when it dies unanswered

record::HostKey host_key() {
  record::HostKey key;
  std::ranges::fill(key.reveal(), std::uint8_t{9});
  return key;
}

// Catcher is the sink of one request.
class Catcher final : public wire::ReplySink {
 public:
  void deliver(Code code, Bytes payload) override {
    const std::lock_guard lock(mutex_);
    CHECK(!answer_.has_value());
    CHECK(code == Code::ok || as_text(payload) != kDropped);
    answer_ = Answer{code, to_buffer(payload)};
    answered_.notify_all();
  }

  Answer wait() {
    std::unique_lock lock(mutex_);
    CHECK(answered_.wait_for(lock, kAnswerTimeMax, [this] { return answer_.has_value(); }));
    return *answer_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable answered_;
  std::optional<Answer> answer_;
};

}  // namespace

VaultWorld::VaultWorld() : store_(std::make_unique<store::MemoryStore>()) { start(); }

VaultWorld::VaultWorld(const Image& image) : store_(image.store->copy()) {
  CHECK(image.audit_lines.empty() || audit_log_.append(image.audit_lines).ok());
  CHECK(image.mark.empty() || mark_file_.write_mark(image.mark).ok());
  start();
}

VaultWorld::~VaultWorld() {
  if (vault_ == nullptr) return;
  for (const auto& connection : connections_) vault_->disconnected(connection);
}

void VaultWorld::start() {
  auto vault =
      vault::Vault::create({.store = *store_,
                            .audit_log = audit_log_,
                            .mark_file = mark_file_,
                            .clock = clock_,
                            .host_key = host_key(),
                            .owner_uid = kOwner,
                            .group_gid = std::nullopt,
                            .on_fatal = [] { check_failed("the vault gave up", __FILE__, __LINE__); },
                            .on_shut_down = [] {}});
  if (!vault.ok()) {
    start_status_ = vault.error();
    return;
  }
  vault_ = std::move(vault).value();
  for (std::size_t i = 0; i < kConnections; ++i) {
    auto connection = vault_->connected({.uid = kOwner, .gid = kOwner, .pid = 1, .groups = {}});
    CHECK(connection.ok());
    connections_.push_back(std::move(connection).value());
    must(wire::Hello(), i);
  }
}

std::vector<Answer> VaultWorld::ask(std::vector<Request> batch) {
  CHECK(!batch.empty() && batch.size() <= wire::kBatchMax);
  std::vector<std::shared_ptr<Catcher>> catchers;
  {
    std::vector<wire::Incoming> incoming(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      catchers.push_back(std::make_shared<Catcher>());
      incoming[i].op = batch[i].op;
      incoming[i].payload = batch[i].payload;
      incoming[i].context = connections_[batch[i].connection];
      incoming[i].reply = wire::Reply(catchers[i]);
    }
    vault_->handle(incoming);
  }
  std::vector<Answer> answers;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    answers.push_back(catchers[i]->wait());
    CHECK(answers[i].code != Code::ok || fuzzing::decode_any_reply(batch[i].op, answers[i].payload).ok());
  }
  return answers;
}

Buffer VaultWorld::must_encoded(wire::Op op, Bytes payload, std::size_t connection) {
  std::vector<Answer> answers = ask({{op, payload, connection}});
  CHECK(answers[0].code == Code::ok);
  return std::move(answers[0].payload);
}

Image VaultWorld::image() {
  for (const auto& connection : connections_) vault_->disconnected(connection);
  connections_.clear();
  vault_.reset();
  const auto mark = mark_file_.read_mark();
  CHECK(mark.ok());
  return {store_->copy(), audit_log_.lines(), mark.value().value_or(Buffer{})};
}

}  // namespace coffer::fuzzing
