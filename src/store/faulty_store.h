// FaultyStore: wraps a Store and makes chosen commits fail, before or after they were applied, or wait. For
// tests.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "store/store.h"

namespace coffer::store {

// FaultPoint says whether the transaction of a failing commit takes effect.
enum class FaultPoint : std::uint8_t {
  before_commit,  // nothing is written
  after_commit,   // everything is written, and the caller is told that it failed
};

// FaultyStore passes every call on to `inner`, which must outlive it, unless it was told to fail.
class FaultyStore final : public Store {
 public:
  explicit FaultyStore(Store& inner) : inner_(inner) {}

  // fail_commit makes the `nth` commit from now (1: the next one) fail with `error`, once.
  void fail_commit(std::uint64_t nth, FaultPoint point, Error error);
  // break_down makes every call fail with `error` from now on.
  void break_down(Error error);
  // turn_to answers every reading from `other` once the next commit is written, as a hostile broker may.
  void turn_to(Store& other);
  // hold_commits makes commits wait, before or after they are applied, until they are held no more;
  // wait_until_held returns when one waits.
  void hold_commits(bool holds, FaultPoint point = FaultPoint::before_commit);
  void wait_until_held();
  // reading_count is how many records were read; wait_for_readings returns when so many were.
  [[nodiscard]] std::uint64_t reading_count() const;
  void wait_for_readings(std::uint64_t count);
  // recover forgets all faults.
  void recover();
  // commit_count is how many commits were asked for, failed ones included.
  [[nodiscard]] std::uint64_t commit_count() const;

  Result<Revision> commit(const Transaction& transaction) override;
  Result<std::optional<Record>> get(Bytes key) override;
  Result<Page> range(Bytes prefix, Bytes after, std::size_t count_max) override;
  Result<Revision> revision() override;
  Result<std::vector<Change>> changes(Revision since) override;
  Result<std::unique_ptr<Snapshot>> snapshot() override;

 private:
  struct Fault {
    std::uint64_t commit_index = 0;
    FaultPoint point = FaultPoint::before_commit;
    Error error{Code::unavailable, "a test made the store fail"};
  };

  [[nodiscard]] Status check_up() const;
  std::optional<Fault> next_fault();
  void wait_while_held(FaultPoint point);
  Store& read_from();

  Store& inner_;
  mutable std::mutex mutex_;  // guards all below
  std::uint64_t commit_count_ = 0;
  std::vector<Fault> faults_;
  std::optional<Error> broken_;
  Store* turned_to_ = nullptr;
  std::uint64_t turns_after_ = 0;  // commits
  bool holds_ = false;
  FaultPoint held_at_ = FaultPoint::before_commit;
  std::uint64_t reading_count_ = 0;
  std::size_t held_count_ = 0;
  std::condition_variable held_changed_;
};

}  // namespace coffer::store
