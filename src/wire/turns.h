// Turns: the connections whose sockets have something to read, and who is served next.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>

#include "wire/charges.h"
#include "wire/connection.h"

namespace coffer::wire {

// Turns serves first who has used least (Charges), and the connections of one share in turn. Safe from many
// threads at once.
class Turns final {
 public:
  explicit Turns(Charges& charges) : charges_(charges) {}

  // Taken is a connection whose turn it is; who has it owns its reading side, and leaves the charges.
  struct Taken {
    TurnOf turn;
    std::shared_ptr<Connection> connection;
  };

  // push puts a connection at the end of its share's queue. Whoever takes it owns its reading side.
  void push(std::shared_ptr<Connection> connection);
  // take gives null when nobody waits who may be served now; else it has entered the charges.
  Taken take();
  // is_empty tells whether nobody waits who may be served now.
  [[nodiscard]] bool is_empty() const;
  void clear();

 private:
  using Lanes = std::map<TurnOf, std::deque<std::shared_ptr<Connection>>>;  // none is empty

  Charges& charges_;
  mutable std::mutex mutex_;
  Lanes lanes_;
  std::atomic<std::size_t> lane_count_ = 0;
};

}  // namespace coffer::wire
