// Job: a request that is answered later, when its user asks for the answer.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "base/bytes.h"
#include "base/result.h"
#include "record/who.h"
#include "wire/operation_messages.h"
#include "wire/server.h"

namespace coffer::vault {

// Job collects the answer. It belongs to a user, not to a connection: the application may ask from another
// process, or after it was started again.
class Job final : public wire::ReplySink {
 public:
  Job(record::Who who, wire::Op op, std::uint32_t slot) : who_(std::move(who)), op_(op), slot_(slot) {}

  void deliver(Code code, Bytes payload) override;
  [[nodiscard]] const record::Who& who() const { return who_; }
  [[nodiscard]] std::uint32_t slot() const { return slot_; }
  [[nodiscard]] wire::TakeJobReply answer() const;

 private:
  const record::Who who_;
  const wire::Op op_;
  const std::uint32_t slot_;
  mutable std::mutex mutex_;  // guards all below
  wire::JobState state_ = wire::JobState::running;
  Code code_ = Code::ok;
  Buffer response_;
};

// JobTable holds the jobs. Safe from many threads.
class JobTable final {
 public:
  // start adds a job, under a number that nobody can guess. A user who has kJobsMax loses the oldest answer
  // that nobody fetched; Code::limit when all of them still run.
  Result<std::uint64_t> start(const std::shared_ptr<Job>& job);
  // find gives a job of a user, or null.
  [[nodiscard]] std::shared_ptr<Job> find(std::uint64_t number, const record::Who& who) const;
  void remove(std::uint64_t number);

 private:
  struct Entry {
    std::uint64_t order = 0;  // when it came
    std::shared_ptr<Job> job;
  };
  Status make_room(const record::Who& who);

  mutable std::mutex mutex_;  // guards all below
  std::map<std::uint64_t, Entry> jobs_;
  std::uint64_t started_ = 0;
};

}  // namespace coffer::vault
