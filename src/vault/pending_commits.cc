// PendingCommits: counts them, and keeps what waits for the last one.
#include "vault/pending_commits.h"

#include <algorithm>
#include <utility>

#include "base/secret.h"

namespace coffer::vault {

namespace {

// An answer of so many octets is kept whatever the budget says: what was changed stays changed. The places
// among the changes that wait bound how many a user has.
constexpr std::size_t kSmallAnswerBytes = 512;

// KeptAnswer is an answer that waits, and its octets in its user's budget.
class KeptAnswer final {
 public:
  explicit KeptAnswer(const std::shared_ptr<wire::Budget>& budget) : claim_(budget) {}

  // keep tells whether there is room.
  bool keep(Bytes head, Bytes body) {
    const std::size_t bytes = head.size() + body.size();
    if (bytes > kSmallAnswerBytes && !claim_.resize(bytes)) return false;
    whole_ = SecretBytes::zeroes(bytes);
    std::ranges::copy(head, whole_.reveal().begin());
    std::ranges::copy(body, whole_.reveal().subspan(head.size()).begin());
    return true;
  }
  void give(wire::Reply& reply, Code code, const Status& outcome) {
    // Whoever keeps it next counts it anew.
    static_cast<void>(claim_.resize(0));
    if (!outcome.ok()) return reply.fail(outcome.error());
    if (code != Code::ok) return reply.fail_with(code, whole_.reveal());
    reply.send(whole_.reveal());
  }

 private:
  wire::Claim claim_;
  SecretBytes whole_;
};

class HeldReply final : public wire::ReplySink {
 public:
  HeldReply(std::shared_ptr<PendingCommits> commits, wire::Reply reply,
            const std::shared_ptr<wire::Budget>& budget)
      : commits_(std::move(commits)), reply_(std::move(reply)), answer_(budget) {}

  void deliver(Code code, Bytes payload) override { deliver_parts(code, payload, {}); }

  void deliver_parts(Code code, Bytes head, Bytes body) override {
    if (!answer_.keep(head, body)) return reply_.fail(wire::kBudgetIsSpent);
    commits_->then(record::make_completion([code, answer = std::move(answer_), reply = std::move(reply_)](
                                               Status status) mutable { answer.give(reply, code, status); }));
  }

 private:
  const std::shared_ptr<PendingCommits> commits_;
  wire::Reply reply_;
  KeptAnswer answer_;
};

}  // namespace

void PendingCommits::begin() {
  const std::lock_guard lock(mutex_);
  ++under_way_;
}

void PendingCommits::done(Status status) {
  std::vector<std::unique_ptr<record::Completion>> ready;
  {
    const std::lock_guard lock(mutex_);
    if (outcome_.ok()) outcome_ = status;
    if (--under_way_ > 0) return;
    ready.swap(waiting_);
    status = outcome_;
  }
  for (const auto& each : ready) each->done(status);
}

void PendingCommits::then(std::unique_ptr<record::Completion> next) {
  Status outcome;
  {
    const std::lock_guard lock(mutex_);
    if (under_way_ > 0) {
      waiting_.push_back(std::move(next));
      return;
    }
    outcome = outcome_;
  }
  next->done(outcome);
}

wire::Reply held(std::shared_ptr<PendingCommits> commits, wire::Reply reply,
                 const std::shared_ptr<wire::Budget>& budget) {
  return wire::Reply(std::make_shared<HeldReply>(std::move(commits), std::move(reply), budget));
}

std::unique_ptr<record::Completion> answering(wire::Reply reply, Bytes head, Bytes body,
                                              const std::shared_ptr<wire::Budget>& budget) {
  KeptAnswer answer(budget);
  if (!answer.keep(head, body)) {
    reply.fail(wire::kBudgetIsSpent);
    return nullptr;
  }
  return record::make_completion([kept = std::move(answer), to = std::move(reply)](Status status) mutable {
    kept.give(to, Code::ok, status);
  });
}

}  // namespace coffer::vault
