// Job: answers that wait to be fetched.
#include "vault/job.h"

#include <algorithm>

#include "crypto/primitives.h"

namespace coffer::vault {

void Job::deliver(Code code, Bytes payload) {
  const std::lock_guard lock(mutex_);
  code_ = code;
  state_ = code == Code::ok ? wire::JobState::done : wire::JobState::failed;
  if (code == Code::ok) response_ = to_buffer(payload);
}

wire::TakeJobReply Job::answer() const {
  const std::lock_guard lock(mutex_);
  return {state_, static_cast<std::uint32_t>(op_), static_cast<std::uint32_t>(code_), response_};
}

Status JobTable::make_room(const record::Who& who) {
  std::size_t count = 0;
  auto oldest = jobs_.end();
  for (auto each = jobs_.begin(); each != jobs_.end(); ++each) {
    if (each->second.job->who() != who) continue;
    ++count;
    const bool is_running = each->second.job->answer().state == wire::JobState::running;
    if (!is_running && (oldest == jobs_.end() || each->second.order < oldest->second.order)) oldest = each;
  }
  if (count < wire::kJobsMax) return {};
  if (oldest == jobs_.end()) return Error{Code::limit, "too many requests are running: wait for some"};
  jobs_.erase(oldest);
  return {};
}

Result<std::uint64_t> JobTable::start(const std::shared_ptr<Job>& job) {
  const std::uint64_t number = TRY(crypto::random_number());
  const std::lock_guard lock(mutex_);
  TRY(make_room(job->who()));
  jobs_.insert_or_assign(number, Entry{++started_, job});
  return number;
}

std::shared_ptr<Job> JobTable::find(std::uint64_t number, const record::Who& who) const {
  const std::lock_guard lock(mutex_);
  const auto place = jobs_.find(number);
  return place == jobs_.end() || place->second.job->who() != who ? nullptr : place->second.job;
}

void JobTable::remove(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  jobs_.erase(number);
}

}  // namespace coffer::vault
