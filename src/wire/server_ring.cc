// ServerRing: every field of the shared memory is read once, into a local, and checked there.
#include "wire/server_ring.h"

#include <bit>
#include <cstring>
#include <utility>

#include "base/secret.h"
#include "wire/ring_watch.h"
#include "wire/vault_messages.h"

namespace coffer::wire {

Result<std::shared_ptr<ServerRing>> ServerRing::attach(host::Descriptor memory, std::uint64_t bytes,
                                                       std::shared_ptr<ConnectionContext> context,
                                                       std::weak_ptr<FrameSink> frames) {
  if (bytes != kRingBytes) return Error{Code::denied, "a ring has another size than ours"};
  auto mapped = TRY(host::SharedMemory::map_untrusted(std::move(memory), kRingBytes));
  const RingHeader& header = RingView(mapped.octets()).header();
  if (header.magic.load() != kRingMagic || header.version.load() != kRingVersion ||
      header.slot_count.load() != kSlotCount) {
    return Error{Code::denied, "a ring has another form than ours"};
  }
  auto ring = std::make_shared<ServerRing>(std::move(mapped), std::move(context), std::move(frames));
  ring->set_chip_sleeps(true);
  return ring;
}

ServerRing::ServerRing(host::SharedMemory memory, std::shared_ptr<ConnectionContext> context,
                       std::weak_ptr<FrameSink> frames)
    : memory_(std::move(memory)),
      view_(memory_.octets()),
      context_(std::move(context)),
      frames_(std::move(frames)) {
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    sinks_[i].ring = this;
    sinks_[i].index = i;
  }
}

std::size_t ServerRing::count_waiting() const {
  const std::uint64_t waiting = view_.header().submitted.load() | pending_.load(std::memory_order_relaxed);
  return static_cast<std::size_t>(std::popcount(waiting));
}

void ServerRing::set_chip_sleeps(bool sleeps) { view_.header().chip_sleeps.store(sleeps ? 1 : 0); }

void ServerRing::end() {
  ended_.store(true);
  view_.header().ended.store(1, std::memory_order_release);
}

std::size_t ServerRing::take(std::span<Incoming> batch, std::span<PrivateCopy> copies,
                             std::uint64_t now_boot_milliseconds) {
  if (taking_.test_and_set(std::memory_order_acquire)) return 0;
  std::uint64_t pending = pending_.load(std::memory_order_relaxed);
  if (view_.header().submitted.load(std::memory_order_relaxed) != 0) {
    pending |= view_.header().submitted.exchange(0, std::memory_order_acquire);
  }
  std::size_t count = 0;
  while (pending != 0 && count < batch.size()) {
    const auto distance =
        static_cast<unsigned>(std::countr_zero(std::rotr(pending, static_cast<int>(next_))));
    const std::size_t index = (next_ + distance) % kSlotCount;
    next_ = static_cast<unsigned>(index + 1) % kSlotCount;
    pending &= ~(std::uint64_t{1} << index);
    if (take_slot(index, batch[count], copies[count], now_boot_milliseconds)) ++count;
  }
  pending_.store(pending, std::memory_order_relaxed);
  taking_.clear(std::memory_order_release);
  return count;
}

// Takes one request out of its slot. A request that makes no sense is answered at once; one whose slot is
// still in use is ignored, since the slot has room for one answer only.
bool ServerRing::take_slot(std::size_t index, Incoming& incoming, PrivateCopy& copy,
                           std::uint64_t now_boot_milliseconds) {
  Sink& sink = sinks_[index];
  if (sink.busy.exchange(true, std::memory_order_acquire)) return false;
  const SlotHeader& slot = view_.slot(index);
  const std::uint32_t bytes = slot.payload_bytes.load(std::memory_order_relaxed);
  const auto op = static_cast<Op>(slot.op.load(std::memory_order_relaxed));
  const std::uint32_t milliseconds = slot.deadline_milliseconds.load(std::memory_order_relaxed);
  sink.request_id = slot.request_id.load(std::memory_order_relaxed) | kRingRequestBit;
  sink.op = op;
  if (bytes > RingView::room_bytes(index) || op == kOp<AttachRing>) {
    const Error error{Code::malformed, "a request in the ring makes no sense"};
    answer(index, error.code, as_bytes(error.text), {});
    return false;
  }
  if (lacks_room(op, bytes)) {
    answer(index, kNoRoom.code, as_bytes(kNoRoom.text), {});
    return false;
  }
  incoming.op = op;
  const MutableBytes shared = view_.room(index).first(bytes);
  incoming.payload =
      copy.take(shared, carries_secret(op) ? PrivateCopy::Holds::secret : PrivateCopy::Holds::data);
  // The ring is ordinary memory, and a request may take long.
  if (carries_secret(op)) wipe(shared);
  incoming.context = context_;
  incoming.deadline_boot_milliseconds =
      now_boot_milliseconds + (milliseconds == 0 ? kDeadlineMillisecondsDefault : milliseconds);
  incoming.reply = Reply(std::shared_ptr<ReplySink>(shared_from_this(), &sink));
  return true;
}

void ServerRing::answer(std::size_t index, Code code, Bytes head, Bytes body) {
  Sink& sink = sinks_[index];
  SlotHeader& slot = view_.slot(index);
  const MutableBytes room = view_.room(index);
  if (head.size() + body.size() > room.size() && lacks_room_for_reply(sink.op, head.size() + body.size())) {
    code = kNoRoom.code;
    head = as_bytes(kNoRoom.text);
    body = {};
  }
  std::size_t bytes = head.size() + body.size();
  if (bytes <= room.size()) {
    if (!head.empty()) std::memcpy(room.data(), head.data(), head.size());
    if (!body.empty()) std::memcpy(room.data() + head.size(), body.data(), body.size());
  } else {
    if (const auto frames = frames_.lock()) frames->send_frame(sink.request_id, code, head, body);
    slot.place.store(static_cast<std::uint32_t>(ReplyPlace::socket), std::memory_order_relaxed);
    bytes = 0;
  }
  slot.code.store(static_cast<std::uint16_t>(code), std::memory_order_relaxed);
  slot.payload_bytes.store(static_cast<std::uint32_t>(bytes), std::memory_order_relaxed);
  Absence::about_to_answer();
  // From here on the client may use the slot again, so nothing of this request may be touched any more.
  sink.busy.store(false, std::memory_order_release);
  const std::uint32_t before =
      slot.state.exchange(static_cast<std::uint32_t>(SlotState::done), std::memory_order_acq_rel);
  if (before == static_cast<std::uint32_t>(SlotState::awaited)) host::futex_wake(slot.state, 1);
}

}  // namespace coffer::wire
