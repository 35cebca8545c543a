// ConnectionTable: all open connections of a server, and how many each user has.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/result.h"
#include "wire/backlog.h"
#include "wire/connection.h"

namespace coffer::wire {

// ConnectionTable is safe from many threads at once.
class ConnectionTable final {
 public:
  // reserve counts a connection that is about to be made, and gives its user's backlog. Fails with `limit`
  // (kConnectionsMax, kConnectionsPerUserMax). release takes that back.
  Result<std::shared_ptr<Backlog>> reserve(uid_t uid);
  void release(uid_t uid);

  // next_id gives a number that no other connection of this server had or will have.
  std::uint64_t next_id() { return next_id_.fetch_add(1); }

  // add keeps a connection whose place was reserved.
  void add(std::shared_ptr<Connection> connection);
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
    std::shared_ptr<Backlog> backlog;  // shared: a connection outlives its place in the table
  };

  void release_locked(uid_t uid);

  mutable std::mutex mutex_;
  // Shared: workers and replies keep a connection beyond its place in the table.
  std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> connections_;
  std::map<uid_t, User> users_;
  // Shared by the backlogs, for the same reason.
  const std::shared_ptr<std::atomic<std::size_t>> all_backlogs_ =
      std::make_shared<std::atomic<std::size_t>>(0);
  std::size_t reserved_ = 0;
  std::atomic<std::uint64_t> next_id_ = 1;
};

}  // namespace coffer::wire
