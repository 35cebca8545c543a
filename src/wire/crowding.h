// Crowding: notices that others want the processors, so that watching memory would only take time from them.
#pragma once

#include <sched.h>
#include <time.h>

#include <atomic>
#include <cstdint>

namespace coffer::wire {

// Crowding is safe from many threads at once.
//
// On an idle machine sched_yield() returns at once, and watching for a reply is the fastest way to get it. On
// a busy one it gives a whole time slice to somebody else; a thread that sleeps is woken far sooner than
// that.
class Crowding {
 public:
  // is_crowded tells whether a yield took long lately.
  [[nodiscard]] bool is_crowded() const {
    const std::uint64_t until = until_.load(std::memory_order_relaxed);
    return until != 0 && now_nanoseconds() < until;
  }

  // yield lets others run and notes how long they took. A machine found busy is believed to stay so for a
  // while, and for twice as long when the next look finds it busy again.
  void yield() {
    const std::uint64_t before = now_nanoseconds();
    ::sched_yield();
    const std::uint64_t after = now_nanoseconds();
    const std::uint64_t span = span_.load(std::memory_order_relaxed);
    if (after - before < kLongNanoseconds) {
      if (span != kSpanNanosecondsMin && after > until_.load(std::memory_order_relaxed) + span) {
        span_.store(kSpanNanosecondsMin, std::memory_order_relaxed);
      }
      return;
    }
    until_.store(after + span, std::memory_order_relaxed);
    if (span < kSpanNanosecondsMax) span_.store(span * 2, std::memory_order_relaxed);
  }

 private:
  // Threads of the kernel take some 50 us now and then, on an idle machine too; a program that computes takes
  // its whole time slice, some milliseconds.
  static constexpr std::uint64_t kLongNanoseconds = 400'000;
  static constexpr std::uint64_t kSpanNanosecondsMin = 5'000'000;
  static constexpr std::uint64_t kSpanNanosecondsMax = 160'000'000;

  static std::uint64_t now_nanoseconds() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(time.tv_nsec);
  }

  std::atomic<std::uint64_t> until_ = 0;
  std::atomic<std::uint64_t> span_ = kSpanNanosecondsMin;
};

}  // namespace coffer::wire
