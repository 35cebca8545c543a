// Backlog: what the connections of one user keep for it - parts of requests, replies that it has not read.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

namespace coffer::wire {

// All that the connections of a user keep, and those of all users together.
inline constexpr std::size_t kBacklogOfUserBytesMax = std::size_t{64} << 20U;
inline constexpr std::size_t kBacklogBytesMax = std::size_t{256} << 20U;
// So much of it may lie in hidden memory while that is scarce; what is bulk (host/secret_arena.h) does not.
inline constexpr std::size_t kBacklogOfUserBytesScarce = std::size_t{128} << 10U;

// Backlog counts; who is told that there is no room keeps nothing. Safe from many threads at once.
class Backlog final {
 public:
  // `all` is the sum of all users' backlogs.
  explicit Backlog(std::shared_ptr<std::atomic<std::size_t>> all) : all_(std::move(all)) {}

  // take counts a piece of memory; false, and nothing is counted, when there is no room for it. give takes
  // that back.
  [[nodiscard]] bool take(std::size_t bytes) { return exchange(0, bytes); }
  void give(std::size_t bytes) { static_cast<void>(exchange(bytes, 0)); }
  // exchange counts a piece in place of another; there is always room for less.
  [[nodiscard]] bool exchange(std::size_t before, std::size_t after);

 private:
  std::shared_ptr<std::atomic<std::size_t>> all_;  // shared: connections outlive the table of them
  std::mutex mutex_;                               // guards what follows
  std::size_t bytes_ = 0;
  std::size_t hidden_bytes_ = 0;  // in pieces that are no bulk
};

}  // namespace coffer::wire
