// ConnectionTable: places are reserved before the service is asked, so that no limit can be overrun.
#include "wire/connection_table.h"

#include <utility>
#include <vector>

namespace coffer::wire {

Result<std::shared_ptr<Budget>> ConnectionTable::reserve(const Owner& owner) {
  constexpr Error kTooManyOfAll{Code::limit, "the chip has too many connections"};
  constexpr Error kTooManyOfUser{Code::limit, "the user has too many connections"};
  const std::lock_guard lock(mutex_);
  if (reserved_ >= kConnectionsMax) return kTooManyOfAll;
  const auto known = users_.find(owner.uid);
  if (known != users_.end()) {
    if (reserved_ >= kConnectionsMax - kPlacesForNewcomers) return kTooManyOfAll;
    const std::size_t count = known->second.connection_count;
    const bool is_newcomer = !known->second.by_process.contains(owner.pid);
    if (count >= kConnectionsPerUserMax - (is_newcomer ? 0 : kPlacesForNewcomers)) return kTooManyOfUser;
  }
  User& user = users_[owner.uid];
  if (user.budget == nullptr) user.budget = std::make_shared<Budget>(totals_);
  ++user.connection_count;
  ++user.by_process[owner.pid];
  ++reserved_;
  return user.budget;
}

void ConnectionTable::release(const Owner& owner) {
  const std::lock_guard lock(mutex_);
  release_locked(owner);
}

void ConnectionTable::release_locked(const Owner& owner) {
  --reserved_;
  const auto user = users_.find(owner.uid);
  const auto process = user->second.by_process.find(owner.pid);
  if (--process->second == 0) user->second.by_process.erase(process);
  if (--user->second.connection_count == 0) users_.erase(user);
}

void ConnectionTable::add(std::shared_ptr<Connection> connection,
                          std::uint64_t hello_until_boot_milliseconds) {
  const std::lock_guard lock(mutex_);
  silent_.emplace(connection->id(), hello_until_boot_milliseconds);
  silent_until_.store(silent_.begin()->second);
  connections_.emplace(connection->id(), std::move(connection));
}

// Those that came first, and have the lowest ids, must say Hello first.
void ConnectionTable::cut_silent(std::uint64_t now_boot_milliseconds) {
  std::vector<std::shared_ptr<Connection>> late;
  {
    const std::lock_guard lock(mutex_);
    while (!silent_.empty()) {
      const auto [id, until] = *silent_.begin();
      const auto& connection = connections_.at(id);
      const bool is_silent = !connection->has_introduced_itself();
      if (is_silent && until > now_boot_milliseconds) break;
      if (is_silent) late.push_back(connection);
      silent_.erase(silent_.begin());
    }
    silent_until_.store(silent_.empty() ? 0 : silent_.begin()->second);
  }
  for (const auto& connection : late) connection->cut_off();
}

std::shared_ptr<Connection> ConnectionTable::find(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second;
}

void ConnectionTable::remove(const Connection& connection) {
  const std::lock_guard lock(mutex_);
  silent_.erase(connection.id());
  if (connections_.erase(connection.id()) == 1) release_locked(connection.owner());
}

void ConnectionTable::close_all() {
  std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(connections_);
    silent_.clear();
    for (const auto& [id, connection] : all) release_locked(connection->owner());
  }
  for (const auto& [id, connection] : all) connection->close();
}

std::size_t ConnectionTable::count() const {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

}  // namespace coffer::wire
