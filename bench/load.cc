// Load: every thread has its own histogram; they are added up when all have ended.
#include "bench/load.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace coffer::bench {

namespace {

using Clock = std::chrono::steady_clock;

enum class Phase { waiting, warming, measuring, over };

constexpr double kWarmUpShare = 0.1;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

void repeat(const Operation& operation, const std::atomic<Phase>& phase, Latencies& latencies) {
  phase.wait(Phase::waiting);
  for (;;) {
    const Clock::time_point begun = Clock::now();
    operation();
    const Clock::time_point ended = Clock::now();
    const Phase now = phase.load(std::memory_order_relaxed);
    if (now == Phase::over) return;
    if (now == Phase::measuring) {
      latencies.add(static_cast<std::uint64_t>(std::chrono::nanoseconds(ended - begun).count()));
    }
  }
}

}  // namespace

// Short durations have an index of their own; from there on each power of two is cut into kSteps.
std::size_t Latencies::index_of(std::uint64_t nanoseconds) {
  if (nanoseconds < kSteps) return nanoseconds;
  const auto octave = static_cast<std::size_t>(std::bit_width(nanoseconds)) - 1 - kStepBits;
  return (octave + 1) * kSteps + static_cast<std::size_t>(nanoseconds >> octave) - kSteps;
}

double Latencies::middle_of(std::size_t index) {
  if (index < kSteps) return static_cast<double>(index);
  const std::size_t octave = index / kSteps - 1;
  return std::ldexp(static_cast<double>(kSteps + index % kSteps) + 0.5, static_cast<int>(octave));
}

void Latencies::add(std::uint64_t nanoseconds) {
  ++counts_[index_of(nanoseconds)];
  ++count_;
}

void Latencies::add_all(const Latencies& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
}

double Latencies::quantile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= wanted && seen > 0) return middle_of(i) / 1000;
  }
  return 0;
}

Measured run(const Load& load, const std::function<Operation(unsigned thread)>& make) {
  std::vector<Operation> operations;
  for (unsigned i = 0; i < load.threads; ++i) operations.push_back(make(i));
  std::vector<std::unique_ptr<Latencies>> latencies;
  for (unsigned i = 0; i < load.threads; ++i) latencies.push_back(std::make_unique<Latencies>());
  std::atomic<Phase> phase = Phase::waiting;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < load.threads; ++i) {
    threads.emplace_back(repeat, std::cref(operations[i]), std::cref(phase), std::ref(*latencies[i]));
  }
  phase.store(Phase::warming);
  phase.notify_all();
  std::this_thread::sleep_for(std::chrono::duration<double>(load.seconds * kWarmUpShare));
  phase.store(Phase::measuring);
  const Clock::time_point begun = Clock::now();
  std::this_thread::sleep_for(std::chrono::duration<double>(load.seconds));
  phase.store(Phase::over);
  const Clock::time_point ended = Clock::now();
  Measured measured;
  measured.seconds = seconds_between(begun, ended);
  for (std::thread& thread : threads) thread.join();
  for (const auto& each : latencies) measured.latencies.add_all(*each);
  return measured;
}

void print(std::string_view operation, const Load& load, const Measured& measured) {
  std::printf(
      "{\"operation\":\"%s\",\"threads\":%u,\"seconds\":%.3f,\"per_second\":%.1f,\"p50_microseconds\":%.2f,"
      "\"p99_microseconds\":%.2f}\n",
      std::string(operation).c_str(), load.threads, measured.seconds, measured.per_second(),
      measured.latencies.quantile(0.5), measured.latencies.quantile(0.99));
}

}  // namespace coffer::bench
