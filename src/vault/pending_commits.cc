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

class HeldReply final : public wire::ReplySink {
 public:
  HeldReply(std::shared_ptr<PendingCommits> commits, wire::Reply reply,
            const std::shared_ptr<wire::Budget>& budget)
      : commits_(std::move(commits)), reply_(std::move(reply)), claim_(budget) {}

  void deliver(Code code, Bytes payload) override { deliver_parts(code, payload, {}); }

  void deliver_parts(Code code, Bytes head, Bytes body) override {
    const std::size_t bytes = head.size() + body.size();
    if (bytes > kSmallAnswerBytes && !claim_.resize(bytes)) return reply_.fail(wire::kBudgetIsSpent);
    SecretBytes whole = SecretBytes::zeroes(bytes);
    std::ranges::copy(head, whole.reveal().begin());
    std::ranges::copy(body, whole.reveal().subspan(head.size()).begin());
    commits_->then(make_completion([code, kept = std::move(whole), claim = std::move(claim_),
                                    answer = std::move(reply_)](Status status) mutable {
      if (!status.ok()) return answer.fail(status.error());
      if (code != Code::ok) return answer.fail_with(code, kept.reveal());
      answer.send(kept.reveal());
    }));
  }

 private:
  const std::shared_ptr<PendingCommits> commits_;
  wire::Reply reply_;
  wire::Claim claim_;
};

}  // namespace

void PendingCommits::begin() {
  const std::lock_guard lock(mutex_);
  ++under_way_;
}

void PendingCommits::done(Status status) {
  std::vector<std::unique_ptr<Completion>> ready;
  {
    const std::lock_guard lock(mutex_);
    if (outcome_.ok()) outcome_ = status;
    if (--under_way_ > 0) return;
    ready.swap(waiting_);
    status = outcome_;
  }
  for (const auto& each : ready) each->done(status);
}

void PendingCommits::then(std::unique_ptr<Completion> next) {
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

}  // namespace coffer::vault
