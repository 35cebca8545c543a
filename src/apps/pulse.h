// Pulse: whether a child still works, judged by what it says and by the processor time that it uses.
#pragma once

#include <chrono>

namespace coffer::apps {

// Pulse counts looks, not time: a guard that was stopped itself, or a machine that slept, proves nothing
// about the others. The caller looks every kEvery.
//
// Who computes is alive, however long it says nothing: all workers may be making keys on a busy machine, a
// large store may be read from a slow disk. A process that is stopped, or whose threads wait for each other,
// uses no time; one that turns in a circle for ever is not noticed.
class Pulse final {
 public:
  static constexpr std::chrono::seconds kEvery{5};
  static constexpr int kSilentLooksMax = 6;
  // While it starts, any work counts; nobody else can wait for it then.
  static constexpr std::chrono::nanoseconds kAnyWork{1};
  // A process that serves has threads that look around now and then, also when all others hang.
  static constexpr std::chrono::nanoseconds kRealWork = std::chrono::milliseconds(50);

  // `work_min` is how much processor time within kEvery makes up for a word.
  explicit Pulse(std::chrono::nanoseconds work_min) : work_min_(work_min) {}

  // look tells whether the child is to be taken for alive: it has spoken since the look before, or has worked
  // - `processor_time` is all that it has used so far -, or not for kSilentLooksMax looks in a row.
  bool look(bool has_spoken, std::chrono::nanoseconds processor_time) {
    const bool has_worked = processor_time - seen_ >= work_min_;
    seen_ = processor_time;
    silent_looks_ = has_spoken || has_worked ? 0 : silent_looks_ + 1;
    return silent_looks_ < kSilentLooksMax;
  }

 private:
  std::chrono::nanoseconds work_min_;
  std::chrono::nanoseconds seen_{0};
  int silent_looks_ = 0;
};

}  // namespace coffer::apps
