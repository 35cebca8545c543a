// ChannelPool: the client's end of several channels to one server; a call takes any free one.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/binary.h"
#include "host/deadline.h"
#include "host/descriptor.h"
#include "store/channel.h"
#include "store/messages.h"

namespace coffer::store {

// PeerErrors are what a pool says of its server; both are `unavailable`.
struct PeerErrors {
  Error silent;  // no answer before the deadline
  Error gone;    // it hung up, or does not speak our protocol
};

// ChannelPool is safe from many threads at once.
class ChannelPool final {
 public:
  ChannelPool(std::vector<host::Descriptor> sockets, std::chrono::milliseconds answer_time_max,
              const PeerErrors& errors);
  ~ChannelPool();
  ChannelPool(const ChannelPool&) = delete;
  ChannelPool& operator=(const ChannelPool&) = delete;

  // call sends a request and waits for its answer. Fails with what the server answered, or as PeerErrors say.
  template <typename Answer, typename Kind, typename Request>
  Result<Answer> call(Kind kind, const Request& request) {
    const host::Deadline deadline = host::Deadline::after(answer_time_max_);
    const Lease lease(*this, TRY(take(deadline)));
    const auto frame_kind = static_cast<std::uint8_t>(kind);
    codec::encode_into(request, begin(*lease.line, frame_kind));
    const Bytes payload = TRY(exchange(*lease.line, frame_kind, deadline));
    auto answer = codec::decode<Answer>(payload);
    if (!answer.ok()) return fail();
    return answer;
  }

  // tell is call for a request whose answer says nothing but "done".
  template <typename Kind, typename Request>
  Status tell(Kind kind, const Request& request) {
    const auto answer = call<EmptyMessage>(kind, request);
    if (!answer.ok()) return answer.error();
    return {};
  }

 private:
  // Line is one channel and where its conversation stands.
  struct Line {
    explicit Line(host::Descriptor socket) : channel(std::move(socket)) {}
    Channel channel;
    std::uint64_t request_id = 0;  // of the request sent last
    bool owes_answer = false;      // the answer to it has not come yet
  };

  // Lease gives a line back to the pool when it dies.
  struct Lease {
    Lease(ChannelPool& pool_in, Line* line_in) : pool(pool_in), line(line_in) {}
    ~Lease() { pool.give_back(line); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ChannelPool& pool;
    Line* const line;
  };

  Result<Line*> take(host::Deadline deadline);
  void give_back(Line* line);
  static Buffer& begin(Line& line, std::uint8_t kind);
  Result<Bytes> exchange(Line& line, std::uint8_t kind, host::Deadline deadline);
  Result<Frame> receive_answer(Line& line, host::Deadline deadline);
  Error fail();

  const std::chrono::milliseconds answer_time_max_;
  const PeerErrors errors_;
  std::atomic<bool> is_gone_{false};
  std::vector<std::unique_ptr<Line>> lines_;
  std::mutex mutex_;  // guards free_
  std::condition_variable freed_;
  std::vector<Line*> free_;
};

}  // namespace coffer::store
