// with_patience: a request with a PIN, while the chip makes it wait for those that were wrong before.
#pragma once

#include <chrono>
#include <thread>

#include "base/result.h"

namespace coffer::pkcs11 {

// kPatience is longer than the longest wait of a PIN, so that an application sees a slow answer and no error.
inline constexpr std::chrono::milliseconds kPatience{6000};
inline constexpr std::chrono::milliseconds kPatienceStep{100};

// with_patience repeats `attempt` for kPatience at most while its outcome is `throttled`: no PIN was looked
// at.
template <typename Attempt>
auto with_patience(const Attempt& attempt) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    auto outcome = attempt();
    if (outcome.ok() || outcome.error().code != Code::throttled || std::chrono::steady_clock::now() >= end)
      return outcome;
    std::this_thread::sleep_for(kPatienceStep);
  }
}

}  // namespace coffer::pkcs11
