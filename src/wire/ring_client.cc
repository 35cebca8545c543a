// RingClient: slots are taken lowest first, so that few pages are ever touched.
#include "wire/ring_client.h"

#include <sched.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "base/secret.h"
#include "wire/cpu_relax.h"

namespace coffer::wire {

namespace {

constexpr std::uint32_t number(SlotState state) { return static_cast<std::uint32_t>(state); }

// How long a thread watches for its reply before it sleeps: mostly turns of some 40 ns, and every
// kTurnsPerYield-th lets other threads run, because with more threads than processors the chip may be waiting
// for ours.
constexpr unsigned kWatchTurns = 2000;
constexpr unsigned kWatchTurnsAfterLate = 60;
constexpr unsigned kTurnsPerYield = 32;
// After so many replies in a row that came too late for watching, a thread soon sleeps.
constexpr std::uint32_t kLateMax = 16;

// soon is the next moment to look whether the chip is alive, or the deadline when that is earlier.
host::Deadline soon(host::Deadline deadline) {
  constexpr auto kSlice = std::chrono::milliseconds(RingClient::kLookMilliseconds);
  if (!deadline.is_never() && deadline.remaining() < kSlice) return deadline;
  return host::Deadline::after(kSlice);
}

bool has_passed(host::Deadline deadline) { return !deadline.is_never() && deadline.remaining().count() == 0; }

constexpr Error kGone{Code::unavailable, "the chip is gone"};
constexpr Error kLate{Code::timed_out, "the chip did not answer in time"};

}  // namespace

Result<std::unique_ptr<RingClient>> RingClient::create(StreamClient& stream) {
  auto memory = TRY(host::SharedMemory::create(kRingBytes));
  return std::unique_ptr<RingClient>(new RingClient(std::move(memory), stream));
}

RingClient::RingClient(host::SharedMemory memory, StreamClient& stream)
    : memory_(std::move(memory)), view_(memory_.octets()), stream_(stream) {
  classes_[0].slots = kSmallSlots;
  classes_[1].slots = kLargeSlots;
  view_.header().magic = kRingMagic;
  view_.header().version = kRingVersion;
  view_.header().slot_count = kSlotCount;
}

Status RingClient::exchange(Op op, const RequestWriter& request, std::uint32_t milliseconds,
                            host::Deadline deadline, const ReplyHandler& on_reply) {
  const std::size_t bytes = request.bytes();
  CHECK(bytes <= kPayloadBytesMax);
  const std::size_t index = TRY(take_slot(std::max(bytes, request.reply_bytes_expected()), deadline));
  SlotHeader& slot = view_.slot(index);
  request.write_to(view_.room(index).first(bytes));
  slot.op.store(static_cast<std::uint16_t>(op), std::memory_order_relaxed);
  slot.payload_bytes.store(static_cast<std::uint32_t>(bytes), std::memory_order_relaxed);
  slot.deadline_milliseconds.store(milliseconds, std::memory_order_relaxed);
  slot.request_id.store(kRingRequestBit | next_id_.fetch_add(1, std::memory_order_relaxed),
                        std::memory_order_relaxed);
  slot.place.store(static_cast<std::uint32_t>(ReplyPlace::slot), std::memory_order_relaxed);
  slot.state.store(number(SlotState::submitted), std::memory_order_release);
  submit(index);
  const Status waited = wait(index, deadline);
  if (!waited.ok()) {
    abandoned_.fetch_or(std::uint64_t{1} << index, std::memory_order_relaxed);
    return waited;
  }
  const Status done = finish(index, deadline, on_reply);
  if (carries_secret(op)) {
    const std::size_t replied = slot.payload_bytes.load(std::memory_order_relaxed);
    const MutableBytes room = view_.room(index);
    wipe(room.first(std::min(room.size(), std::max(bytes, replied))));
  }
  give_back(index);
  return done;
}

bool RingClient::try_take(std::uint64_t slots, std::size_t& index) {
  std::uint64_t free = free_.load(std::memory_order_relaxed);
  while ((free & slots) != 0) {
    const int lowest = std::countr_zero(free & slots);
    const std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(lowest);
    if (free_.compare_exchange_weak(free, free & ~bit, std::memory_order_acquire,
                                    std::memory_order_relaxed)) {
      index = static_cast<std::size_t>(lowest);
      return true;
    }
  }
  return false;
}

Result<std::size_t> RingClient::take_slot(std::size_t bytes, host::Deadline deadline) {
  // A ciphertext is a little longer than its plaintext, and must fit into the same slot.
  constexpr std::size_t kGrowthBytes = 512;
  Class& wanted = classes_[bytes + kGrowthBytes <= kSmallPayloadBytes ? 0 : 1];
  if (stream_.is_dead() || has_ended()) return kGone;
  std::size_t index = 0;
  if (try_take(wanted.slots, index)) return index;
  wanted.waiting.fetch_add(1);
  Status left;
  for (;;) {
    const std::uint32_t seen = wanted.given_back.load();
    reclaim_abandoned();
    if (try_take(wanted.slots, index)) break;
    if (!stream_.look()) left = kGone;
    if (has_passed(deadline)) left = kLate;
    if (!left.ok()) break;
    host::futex_wait(wanted.given_back, seen, soon(deadline));
  }
  wanted.waiting.fetch_sub(1);
  if (!left.ok()) return left.error();
  return index;
}

void RingClient::give_back(std::size_t index) {
  Class& mine = classes_[index < kSmallSlotCount ? 0 : 1];
  view_.slot(index).state.store(number(SlotState::free), std::memory_order_relaxed);
  free_.fetch_or(std::uint64_t{1} << index);
  if (mine.waiting.load() == 0) return;
  mine.given_back.fetch_add(1);
  host::futex_wake(mine.given_back, 1);
}

// Takes back the slots of requests whose threads gave up, and that the chip has answered since. A request
// that held a secret is wiped only now, because until now the chip might have read it.
void RingClient::reclaim_abandoned() {
  std::uint64_t left = abandoned_.load(std::memory_order_relaxed);
  for (; left != 0; left &= left - 1) {
    const auto index = static_cast<std::size_t>(std::countr_zero(left));
    const std::uint64_t bit = std::uint64_t{1} << index;
    if (view_.slot(index).state.load(std::memory_order_acquire) != number(SlotState::done)) continue;
    if ((abandoned_.fetch_and(~bit) & bit) == 0) continue;
    if (carries_secret(static_cast<Op>(view_.slot(index).op.load(std::memory_order_relaxed)))) {
      wipe(view_.room(index));
    }
    give_back(index);
  }
}

void RingClient::submit(std::size_t index) {
  RingHeader& header = view_.header();
  header.submitted.fetch_or(std::uint64_t{1} << index);
  if (header.chip_sleeps.load() == 0 || header.chip_sleeps.exchange(0) == 0) return;
  stream_.ring_bell();
}

// Watches a slot for a bounded number of turns, and tells whether its reply came.
bool RingClient::watch(const SlotHeader& slot) {
  const bool often_late = late_.load(std::memory_order_relaxed) >= kLateMax;
  const std::uint32_t others = watching_.fetch_add(1, std::memory_order_relaxed);
  const bool is_short = (often_late && others > 0) || crowding_.is_crowded();
  const unsigned turns = is_short ? kWatchTurnsAfterLate : kWatchTurns;
  bool came = false;
  for (unsigned turn = 1; turn <= turns; ++turn) {
    came = slot.state.load(std::memory_order_acquire) == number(SlotState::done);
    if (came) break;
    if (turn % kTurnsPerYield == 0 && !is_short) {
      crowding_.yield();
      if (crowding_.is_crowded()) break;
    } else {
      cpu_relax();
    }
  }
  watching_.fetch_sub(1, std::memory_order_relaxed);
  if (came) {
    if (late_.load(std::memory_order_relaxed) != 0) late_.store(0, std::memory_order_relaxed);
  } else if (!often_late && !is_short) {
    late_.fetch_add(1, std::memory_order_relaxed);
  }
  return came;
}

Status RingClient::wait(std::size_t index, host::Deadline deadline) {
  SlotHeader& slot = view_.slot(index);
  if (watch(slot)) return {};
  std::uint32_t state = number(SlotState::submitted);
  slot.state.compare_exchange_strong(state, number(SlotState::awaited));
  while (slot.state.load(std::memory_order_acquire) != number(SlotState::done)) {
    const host::Wake wake = host::futex_wait(slot.state, number(SlotState::awaited), soon(deadline));
    const bool alive = wake != host::Wake::timed_out || stream_.look();
    // The chip may have answered with its last breath: look at the slot once more before giving up.
    if (slot.state.load(std::memory_order_acquire) == number(SlotState::done)) break;
    if (!alive) return kGone;
    if (has_passed(deadline)) return kLate;
    // The chip may have closed its eyes on a bell that a full socket did not take.
    const bool is_taken = (view_.header().submitted.load() & (std::uint64_t{1} << index)) == 0;
    if (wake == host::Wake::timed_out && !is_taken) stream_.ring_bell();
  }
  return {};
}

Status RingClient::finish(std::size_t index, host::Deadline deadline, const ReplyHandler& on_reply) {
  const SlotHeader& slot = view_.slot(index);
  if (slot.place.load(std::memory_order_relaxed) == static_cast<std::uint32_t>(ReplyPlace::socket)) {
    RawReply reply = TRY(stream_.receive(slot.request_id.load(std::memory_order_relaxed), deadline));
    const Status done = on_reply(reply.code, reply.payload);
    if (carries_secret(static_cast<Op>(slot.op.load(std::memory_order_relaxed)))) wipe(reply.payload);
    return done;
  }
  const MutableBytes room = view_.room(index);
  const std::size_t bytes = slot.payload_bytes.load(std::memory_order_relaxed);
  if (bytes > room.size()) return Error{Code::internal, "the chip answered more than fits"};
  return on_reply(slot.code.load(std::memory_order_relaxed), room.first(bytes));
}

}  // namespace coffer::wire
