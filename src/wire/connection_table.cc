// ConnectionTable: places are reserved before the service is asked, so that no limit can be overrun.
#include "wire/connection_table.h"

#include <utility>

namespace coffer::wire {

Result<std::shared_ptr<Backlog>> ConnectionTable::reserve(uid_t uid) {
  const std::lock_guard lock(mutex_);
  if (reserved_ >= kConnectionsMax) return Error{Code::limit, "the chip has too many connections"};
  User& user = users_[uid];
  if (user.connection_count >= kConnectionsPerUserMax)
    return Error{Code::limit, "the user has too many connections"};
  if (user.backlog == nullptr) user.backlog = std::make_shared<Backlog>(all_backlogs_);
  ++user.connection_count;
  ++reserved_;
  return user.backlog;
}

void ConnectionTable::release(uid_t uid) {
  const std::lock_guard lock(mutex_);
  release_locked(uid);
}

void ConnectionTable::release_locked(uid_t uid) {
  --reserved_;
  const auto user = users_.find(uid);
  if (--user->second.connection_count == 0) users_.erase(user);
}

void ConnectionTable::add(std::shared_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  connections_.emplace(connection->id(), std::move(connection));
}

std::shared_ptr<Connection> ConnectionTable::find(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second;
}

void ConnectionTable::remove(const Connection& connection) {
  const std::lock_guard lock(mutex_);
  if (connections_.erase(connection.id()) == 1) release_locked(connection.uid());
}

void ConnectionTable::close_all() {
  std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(connections_);
    for (const auto& [id, connection] : all) release_locked(connection->uid());
  }
  for (const auto& [id, connection] : all) connection->close();
}

std::size_t ConnectionTable::count() const {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

}  // namespace coffer::wire
