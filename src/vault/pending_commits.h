// PendingCommits: what must be on the disk before the result of a request may leave the chip. The request
// goes on meanwhile, and no worker waits.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "record/committer.h"
#include "wire/budget.h"
#include "wire/server.h"

namespace coffer::vault {

// PendingCommits is safe from many threads. Shared by the request and the commits that it waits for.
class PendingCommits final {
 public:
  // begin counts one more commit, done tells how one of them ended.
  void begin();
  void done(Status status);
  // then calls `next` once all have ended, with the first failure: at once, or on the committer's thread.
  void then(std::unique_ptr<record::Completion> next);

 private:
  std::mutex mutex_;  // guards all below
  std::size_t under_way_ = 0;
  Status outcome_;
  std::vector<std::unique_ptr<record::Completion>> waiting_;  // in the order in which they came
};

// held gives a reply whose answer goes to `reply` once the commits have ended; it is their failure when one
// failed, and Code::limit when the user's budget has no room to keep a large answer until then.
wire::Reply held(std::shared_ptr<PendingCommits> commits, wire::Reply reply,
                 const std::shared_ptr<wire::Budget>& budget);

// answering gives what answers a request when one commit has ended: with `head` and `body`, or with its
// failure. Null when the budget has no room to keep a large answer until then: the request has failed.
std::unique_ptr<record::Completion> answering(wire::Reply reply, Bytes head, Bytes body,
                                              const std::shared_ptr<wire::Budget>& budget);

}  // namespace coffer::vault
