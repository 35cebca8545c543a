// Turns: the connections whose sockets have something to read, and who is served next.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>

#include "base/fair_queue.h"
#include "wire/connection.h"

namespace coffer::wire {

// Turns serves each share in turn (ConnectionContext), and the connections of one share in turn. Safe from
// many threads at once.
class Turns final {
 public:
  // push puts a connection at the end of its share's queue. Whoever pops it owns its reading side.
  void push(std::shared_ptr<Connection> connection) {
    const std::uint64_t share = connection->share();
    const std::lock_guard lock(mutex_);
    queue_.push(share, std::move(connection));
    count_.store(queue_.size());
  }

  // pop gives null when nobody waits.
  std::shared_ptr<Connection> pop() {
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) return nullptr;
    auto connection = queue_.pop();
    count_.store(queue_.size());
    return connection;
  }

  [[nodiscard]] bool is_empty() const { return count_.load() == 0; }

 private:
  std::mutex mutex_;
  FairQueue<std::uint64_t, std::shared_ptr<Connection>> queue_;
  std::atomic<std::size_t> count_ = 0;
};

}  // namespace coffer::wire
