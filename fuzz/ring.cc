// Ring: a client that scribbles on the shared memory, before and while the chip works on it, harms only
// itself.
#include "wire/ring.h"
#include "wire/messages.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "decode_any.h"
#include "fuzz.h"
#include "targets.h"
#include "wire/server_ring.h"

namespace coffer {

namespace {

constexpr std::size_t kTurns = 4;
constexpr std::size_t kRepliesHeldMax = 8;

class Peer final : public wire::ConnectionContext, public wire::FrameSink {
 public:
  void send_frame(std::uint64_t request_id, Code /*code*/, Bytes head, Bytes body) override {
    CHECK((request_id & wire::kRingRequestBit) != 0);
    CHECK(head.size() + body.size() > wire::kSmallPayloadBytes);
  }
};

// scribble writes what the input says, wherever it says.
void scribble(fuzzing::Input& input, MutableBytes memory) {
  const wire::RingView view(memory);
  for (unsigned count = input.number<std::uint8_t>() % 8U; count > 0; --count) {
    const std::size_t index = input.number<std::uint8_t>() % wire::kSlotCount;
    auto& slot = view.slot(index);
    slot.op.store(input.number<std::uint16_t>());
    slot.payload_bytes.store(input.number<std::uint32_t>());
    slot.state.store(input.number<std::uint8_t>());
    const Bytes payload = input.piece();
    std::ranges::copy(payload, view.room(index).begin());
    view.header().submitted.fetch_or(std::uint64_t{1} << index);
  }
  for (unsigned count = input.number<std::uint8_t>() % 4U; count > 0; --count) {
    const std::size_t place = input.number<std::uint32_t>() % (memory.size() - 256);
    std::ranges::copy(input.take(input.number<std::uint8_t>()), memory.subspan(place).begin());
  }
}

}  // namespace

Status fuzz_ring(Bytes input) {
  fuzzing::Input rest(input);
  auto memory = host::SharedMemory::create(wire::kRingBytes);
  CHECK(memory.ok());
  const MutableBytes octets = memory.value().octets();
  const wire::RingView view(octets);
  view.header().magic.store(wire::kRingMagic);
  view.header().version.store(wire::kRingVersion);
  view.header().slot_count.store(wire::kSlotCount);

  const auto peer = std::make_shared<Peer>();
  auto descriptor = memory.value().descriptor().duplicate();
  CHECK(descriptor.ok());
  const auto ring =
      TRY(wire::ServerRing::attach(std::move(descriptor.value()), wire::kRingBytes, peer, peer));

  Status status;
  std::vector<wire::Reply> held;
  for (std::size_t turn = 0; turn < kTurns; ++turn) {
    scribble(rest, octets);
    std::array<wire::Incoming, wire::kBatchMax> batch;
    std::array<wire::PrivateCopy, wire::kBatchMax> copies;
    const std::size_t count = ring->take(batch, copies, 0);
    CHECK(count <= batch.size());
    for (std::size_t i = 0; i < count; ++i) {
      CHECK(batch[i].payload.size() <= wire::kPayloadBytesMax && batch[i].op != wire::kOp<wire::AttachRing>);
      const Buffer before = to_buffer(batch[i].payload);
      scribble(rest, octets);
      CHECK(equal_public(before, batch[i].payload));  // nothing that the client does now changes it
      const Status decoded = fuzzing::decode_any(batch[i].op, batch[i].payload);
      if (!decoded.ok()) status = decoded;
      if (held.size() < kRepliesHeldMax && rest.number<std::uint8_t>() % 2 == 1) {
        held.push_back(std::move(batch[i].reply));
      } else {
        batch[i].reply.send(batch[i].payload);
      }
    }
  }
  for (wire::Reply& reply : held) reply.send_parts(as_bytes("late"), input);
  return status;
}

}  // namespace coffer
