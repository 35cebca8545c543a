// ChannelPool: who has which channel, one question and one answer at a time on each.
#include "store/channel_pool.h"

#include <algorithm>
#include <array>

namespace coffer::store {
namespace {

// What a server's code means to the caller. A code that is not here is our own bug.
struct Failure {
  Error error;
};

constexpr auto kFailures = std::to_array<Failure>({
    {{Code::invalid, "the store refused an impossible request"}},
    {{Code::unavailable, "the disk failed or cannot be reached: restart Coffer"}},
    {{Code::limit, "the request passes a limit of the store, or asks for forgotten history"}},
    {{Code::disk_full, "the disk is full: make room and try again"}},
    {{Code::corrupt, "the store file is damaged: stop Coffer and restore it from a backup"}},
    {{Code::conflict, "the record was changed by somebody else first"}},
    {{Code::not_found, "what was asked for is not there any more"}},
    {{Code::denied, "the audit log is cut only before it goes on"}},
});

Error error_of(std::uint16_t code) {
  const auto* found = std::ranges::find(
      kFailures, code, [](const Failure& failure) { return static_cast<std::uint16_t>(failure.error.code); });
  if (found == kFailures.end()) return Error{Code::internal, "the store failed in an unknown way"};
  return found->error;
}

}  // namespace

ChannelPool::ChannelPool(std::vector<host::Descriptor> sockets, std::chrono::milliseconds answer_time_max,
                         const PeerErrors& errors)
    : answer_time_max_(answer_time_max), errors_(errors) {
  for (host::Descriptor& socket : sockets) {
    lines_.push_back(std::make_unique<Line>(std::move(socket)));
    free_.push_back(lines_.back().get());
  }
}

ChannelPool::~ChannelPool() = default;

Result<ChannelPool::Line*> ChannelPool::take(host::Deadline deadline) {
  std::unique_lock lock(mutex_);
  const bool in_time =
      freed_.wait_for(lock, deadline.remaining(), [this] { return is_gone_.load() || !free_.empty(); });
  if (is_gone_.load()) return errors_.gone;
  if (!in_time) return errors_.silent;
  Line* const line = free_.back();
  free_.pop_back();
  return line;
}

void ChannelPool::give_back(Line* line) {
  {
    const std::lock_guard lock(mutex_);
    free_.push_back(line);
  }
  freed_.notify_one();
}

Buffer& ChannelPool::begin(Line& line, std::uint8_t kind) {
  return line.channel.begin(kind, line.request_id + 1);
}

Result<Bytes> ChannelPool::exchange(Line& line, std::uint8_t kind, host::Deadline deadline) {
  // The answer to a request that timed out is still on its way. Nothing new is sent before it came, so that a
  // slow server never finds a pile of requests whose askers have left.
  if (line.owes_answer) {
    const auto late = receive_answer(line, deadline);
    if (!late.ok()) return late.error();
  }
  ++line.request_id;
  if (!line.channel.send(deadline).ok()) return fail();
  line.owes_answer = true;
  const Frame answer = TRY(receive_answer(line, deadline));
  if (answer.kind == kind) return answer.payload;
  if (answer.kind != kFailedKind) return fail();
  const auto failure = codec::decode<FailureMessage>(answer.payload);
  if (!failure.ok()) return fail();
  return error_of(failure.value().code);
}

Result<Frame> ChannelPool::receive_answer(Line& line, host::Deadline deadline) {
  auto answer = line.channel.receive(deadline);
  if (!answer.ok()) {
    if (answer.error().code == Code::timed_out) return errors_.silent;
    return fail();
  }
  if (answer.value().request_id != line.request_id) return fail();
  line.owes_answer = false;
  return answer;
}

Error ChannelPool::fail() {
  {
    const std::lock_guard lock(mutex_);
    is_gone_.store(true);
  }
  freed_.notify_all();
  return errors_.gone;
}

}  // namespace coffer::store
