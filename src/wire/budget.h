// Budget: what one user takes of the chip's memory. Whatever the user's connections and applications keep is
// counted here, and refused here.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "base/result.h"
#include "wire/backlog.h"

namespace coffer::wire {

// What the applications of a user keep in the chip, and those of all users together.
inline constexpr std::size_t kKeptOfUserBytesMax = std::size_t{64} << 20U;
inline constexpr std::size_t kKeptBytesMax = std::size_t{512} << 20U;
// A counter of nonces or a session object counts as so much, beside the data that it keeps; an operation as
// much as the largest takes (CCM: two ciphers).
inline constexpr std::size_t kKeptThingBytes = 1024;
inline constexpr std::size_t kKeptOperationBytes = 2560;

inline constexpr Error kBudgetIsSpent{
    Code::limit, "this user's applications keep too much in the vault: end operations, or destroy objects"};

// Totals are the sums over all users. Shared by their budgets.
struct Totals {
  std::atomic<std::size_t> backlog = 0;
  std::atomic<std::size_t> kept = 0;
};

// Budget is safe from many threads at once.
class Budget final {
 public:
  explicit Budget(std::shared_ptr<Totals> totals)
      : totals_(std::move(totals)),
        backlog_(std::shared_ptr<std::atomic<std::size_t>>(totals_, &totals_->backlog)) {}

  // backlog is what connections keep: parts of requests, and replies that were not read.
  [[nodiscard]] Backlog& backlog() { return backlog_; }

  // take counts what applications keep: operations with the data that they collect, counters of nonces,
  // session objects. False, and nothing is counted, when there is no room. give takes that back.
  [[nodiscard]] bool take(std::size_t bytes);
  void give(std::size_t bytes);

 private:
  const std::shared_ptr<Totals> totals_;
  Backlog backlog_;
  std::atomic<std::size_t> kept_ = 0;
};

// Claim is what one thing takes of its user's budget, as long as it lives. One thread at a time.
class Claim final {
 public:
  Claim() = default;
  // A thing without a budget has room for everything.
  explicit Claim(std::shared_ptr<Budget> budget) : budget_(std::move(budget)) {}
  Claim(Claim&& other) noexcept : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}
  Claim& operator=(Claim&& other) noexcept {
    if (this != &other) {
      static_cast<void>(resize(0));
      budget_ = std::move(other.budget_);
      bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
  }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  ~Claim() { static_cast<void>(resize(0)); }

  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  // resize makes it larger or smaller. False, and it stays as it is, when there is no room for more.
  [[nodiscard]] bool resize(std::size_t bytes);

 private:
  std::shared_ptr<Budget> budget_;  // shared: of all that the user has
  std::size_t bytes_ = 0;
};

}  // namespace coffer::wire
