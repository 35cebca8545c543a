// Charges: how much of the workers' time each principal has used, so that turns are taken by time and not by
// number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

namespace coffer::wire {

// A turn of more than this is long.
inline constexpr std::uint64_t kLongNanoseconds = 10'000'000;

// TurnOf says who takes a turn: a principal, and one of the shares that take turns among its own.
struct TurnOf {
  std::uint64_t principal = 0;  // 0: of nobody in particular, who may take every worker
  std::uint64_t share = 0;

  auto operator<=>(const TurnOf&) const = default;
};

// Charges is safe from many threads at once.
//
// Who has used least is served next. Whoever comes back after a while begins where those are who are being
// served now: nobody saves time up, and nobody pays for what was used while no other wanted it.
class Charges final {
 public:
  explicit Charges(unsigned worker_count) : worker_count_(worker_count) {}

  // Rank orders those who wait: the lowest is served next. Of a share that is slow the last turn was long.
  struct Rank {
    std::uint64_t of_principal = 0;
    std::uint64_t of_share = 0;  // among those of the principal
    bool is_slow = false;

    [[nodiscard]] bool is_before(const Rank& other) const {
      return std::pair(of_principal, of_share) < std::pair(other.of_principal, other.of_share);
    }
  };
  [[nodiscard]] Rank rank(const TurnOf& turn) const;

  // may_enter tells whether a worker may serve a principal: the last one is not for who has all the others.
  [[nodiscard]] bool may_enter(std::uint64_t principal) const;
  // try_enter notes that one does; leave must follow.
  [[nodiscard]] bool try_enter(std::uint64_t principal);
  void leave(std::uint64_t principal);

  // begin notes that requests of a turn are about to be handled, and charge its part of the time which they,
  // and those that were handled with them, took.
  void begin(const TurnOf& turn);
  void charge(const TurnOf& turn, std::uint64_t nanoseconds, std::uint64_t nanoseconds_of_all);

 private:
  struct ShareAccount {
    std::uint64_t used = 0;
    bool is_slow = false;
  };
  struct Account {
    std::uint64_t used = 0;
    unsigned workers = 0;     // that serve it now
    std::uint64_t floor = 0;  // of its shares
    std::map<std::uint64_t, ShareAccount> shares;
  };
  // More than so many are not kept when they are where a new one would begin.
  static constexpr std::size_t kIdleMax = 64;

  [[nodiscard]] bool may_enter_locked(std::uint64_t principal) const;
  void forget_idle();

  const unsigned worker_count_;
  mutable std::mutex mutex_;  // guards all below
  std::map<std::uint64_t, Account> accounts_;
  std::uint64_t floor_ = 0;  // where a new one begins
};

}  // namespace coffer::wire
