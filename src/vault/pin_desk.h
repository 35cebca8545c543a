// PinDesk: the one thread on which PINs are tried and set. A PIN takes 20 ms of stretching and up to three
// commits, so requests with PINs wait here, where they hold up nobody else, and users take turns.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "base/secret.h"
#include "wire/server.h"

namespace coffer::vault {

inline constexpr std::size_t kPinRequestBytesMax = 4096;
inline constexpr std::size_t kPinsOfUserMax = 64;  // requests of one user that wait
inline constexpr std::size_t kPinsMax = 1024;      // of all; a user who has none waiting is always let in

inline constexpr Error kTooManyPins{Code::limit,
                                    "too many requests with PINs of this user wait: try again later"};

// PinDesk is safe from many threads. The requests of one user are answered in the order in which they came.
class PinDesk final {
 public:
  // `answer` is called on the desk's thread, with one request at a time.
  explicit PinDesk(std::function<void(wire::Incoming& incoming)> answer);
  ~PinDesk() { stop(); }
  PinDesk(const PinDesk&) = delete;
  PinDesk& operator=(const PinDesk&) = delete;

  // take keeps a request of a user (wire::ConnectionContext::principal) until its turn, or answers it at
  // once: `limit` when too many of that user wait, or one does while hidden memory is scarce.
  void take(std::uint64_t user, wire::Incoming& incoming);
  // forget drops what waits of a connection that has ended. What has begun goes on.
  void forget(std::uint64_t user, const wire::ConnectionContext& context);
  // stop drops what waits, and returns when what has begun has ended.
  void stop();

 private:
  struct Waiting {
    SecretBytes octets;       // of the payload
    wire::Incoming incoming;  // views into them
  };
  using Lane = std::deque<Waiting>;

  void run();
  bool next(Waiting& chosen);

  const std::function<void(wire::Incoming& incoming)> answer_;
  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::map<std::uint64_t, Lane> lanes_;  // by user; none is empty
  std::uint64_t served_ = 0;             // the user whose turn was last
  std::size_t count_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace coffer::vault
