// ConnectionTable: all open connections of a server, how many each user has, and which have not said Hello.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/result.h"
#include "wire/budget.h"
#include "wire/connection.h"

namespace coffer::wire {

// The last places are for who has none: of the chip for users, of a user for processes.
inline constexpr std::size_t kPlacesForNewcomers = 16;

// ConnectionTable is safe from many threads at once.
class ConnectionTable final {
 public:
  // reserve counts a connection that is about to be made, and gives its user's budget. Fails with `limit`
  // (kConnectionsMax, kConnectionsPerUserMax, kPlacesForNewcomers). release takes that back.
  Result<std::shared_ptr<Budget>> reserve(const Owner& owner);
  void release(const Owner& owner);

  // next_id gives a number that no other connection of this server had or will have.
  std::uint64_t next_id() { return next_id_.fetch_add(1); }

  // add keeps a connection whose place was reserved, and which is to say Hello until then.
  void add(std::shared_ptr<Connection> connection, std::uint64_t hello_until_boot_milliseconds);
  // cut_silent cuts off those whose time to say Hello is over; silent_until is when the next one's is, 0 when
  // all have said it.
  void cut_silent(std::uint64_t now_boot_milliseconds);
  [[nodiscard]] std::uint64_t silent_until() const { return silent_until_.load(); }
  // find gives null for a connection that is gone.
  [[nodiscard]] std::shared_ptr<Connection> find(std::uint64_t id) const;
  // remove forgets a connection and its reservation.
  void remove(const Connection& connection);
  // close_all closes and forgets every connection.
  void close_all();

  [[nodiscard]] std::size_t count() const;

 private:
  struct User {
    std::size_t connection_count = 0;
    std::map<pid_t, std::size_t> by_process;
    std::shared_ptr<Budget> budget;  // shared: a connection outlives its place in the table
  };

  void release_locked(const Owner& owner);

  mutable std::mutex mutex_;
  // Shared: workers and replies keep a connection beyond its place in the table.
  std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> connections_;
  std::map<uid_t, User> users_;
  std::map<std::uint64_t, std::uint64_t> silent_;  // when the time of those is over that said no Hello, by id
  std::atomic<std::uint64_t> silent_until_ = 0;
  // Shared by the budgets, for the same reason.
  const std::shared_ptr<Totals> totals_ = std::make_shared<Totals>();
  std::size_t reserved_ = 0;
  std::atomic<std::uint64_t> next_id_ = 1;
};

}  // namespace coffer::wire
