// Ring: the shared memory between one client and the chip (docs/formats.md, "Ring").
//
// The client makes a memfd of kRingBytes, sealed against shrinking and growing, writes a RingHeader into it
// and sends it with AttachRing over the socket. From then on the client sends nothing over the socket but the
// bell, a frame without payload whose kind is kBellKind. All integers are in the machine's own order; both
// sides run on one machine.
//
//   offset 0                RingHeader, one page
//   kSmallSlotsOffset       kSmallSlotCount slots of kSmallSlotBytes
//   kLargeSlotsOffset       kLargeSlotCount slots of kLargeSlotBytes
//
// A slot is a SlotHeader (one cache line) and room for a payload. One request at a time lives in it, and its
// reply takes the same place. Pages that are never touched cost nothing, so clients prefer slots with low
// numbers.
//
// The life of a request:
//   1. The client takes a slot that only it knows to be free, writes the payload, op, payload_bytes,
//      deadline_milliseconds, request_id, sets state to `submitted`, and then the slot's bit in `submitted`.
//   2. When `chip_sleeps` is not zero the client clears it and sends the bell, which is not answered.
//   3. The chip takes the bits it finds, reads each field once, copies the payload to memory of its own, and
//   looks at
//      it only there.
//   4. The client watches `state` for a while, then changes it from `submitted` to `awaited` and sleeps on it
//   (futex).
//   5. The chip writes the reply's payload, code, payload_bytes and where, and sets state to `done`; if it
//   was
//      `awaited`, it wakes the sleeper. A reply that does not fit into the slot goes over the socket, in a
//      frame with the same request_id.
//   6. The client takes the reply; the slot is free again.
//
// When the chip has closed the connection `ended` is not zero: a client whose descriptors somebody else has
// closed learns it here, at the price of a read.
//
// The chip believes nothing in this memory: whatever the client writes, it hurts only itself. A slot whose
// bit comes again while the chip works on it is ignored.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "wire/limits.h"

namespace coffer::wire {

inline constexpr std::uint64_t kRingMagic = 0x31676e6972666f63;  // "cofring1" read as a little-endian number
inline constexpr std::uint32_t kRingVersion = 2;

// kBellKind is the kind of a frame that only rings the bell. No request has it.
inline constexpr std::uint16_t kBellKind = 0;

inline constexpr std::size_t kCacheLineBytes = 64;
inline constexpr std::size_t kRingPageBytes = 4096;

inline constexpr std::size_t kSmallSlotCount = 60;
inline constexpr std::size_t kLargeSlotCount = 4;
inline constexpr std::size_t kSlotCount = kSmallSlotCount + kLargeSlotCount;  // one bit each in `submitted`
inline constexpr std::uint64_t kSmallSlots = (std::uint64_t{1} << kSmallSlotCount) - 1;
inline constexpr std::uint64_t kLargeSlots = ~kSmallSlots;
static_assert(kSlotCount == 64);

// RingHeader is the first page of the memory.
struct RingHeader {
  std::atomic<std::uint64_t> magic;       // kRingMagic
  std::atomic<std::uint32_t> version;     // kRingVersion
  std::atomic<std::uint32_t> slot_count;  // kSlotCount

  // What both sides touch for every request shares one cache line.
  alignas(kCacheLineBytes) std::atomic<std::uint64_t> submitted;  // bit i: slot i waits for the chip
  std::atomic<std::uint32_t> chip_sleeps;                         // not zero: ring the bell after submitting
  std::atomic<std::uint32_t> ended;                               // not zero: the chip closed the connection
};
static_assert(offsetof(RingHeader, submitted) == 64 && offsetof(RingHeader, chip_sleeps) == 72 &&
              offsetof(RingHeader, ended) == 76);

// SlotState is where a slot's request is. Only the client leaves `done`.
enum class SlotState : std::uint32_t {
  free = 0,
  submitted = 1,  // the chip has it, or will
  awaited = 2,    // so too, and the client sleeps on this word
  done = 3,
};

// ReplyPlace says where a reply is.
enum class ReplyPlace : std::uint32_t {
  slot = 0,
  socket = 1,  // it did not fit into the slot
};

// SlotHeader is the first cache line of a slot; the payload follows it.
struct alignas(kCacheLineBytes) SlotHeader {
  std::atomic<std::uint32_t> state;                  // SlotState
  std::atomic<std::uint32_t> payload_bytes;          // of the request, then of the reply
  std::atomic<std::uint16_t> op;                     // of the request
  std::atomic<std::uint16_t> code;                   // of the reply
  std::atomic<std::uint32_t> deadline_milliseconds;  // 0: the default
  std::atomic<std::uint64_t> request_id;  // its highest bit is set, which no frame of the socket has
  std::atomic<std::uint32_t> place;       // ReplyPlace
};
static_assert(sizeof(SlotHeader) == kCacheLineBytes);
static_assert(offsetof(SlotHeader, request_id) == 16 && offsetof(SlotHeader, place) == 24);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && sizeof(std::atomic<std::uint64_t>) == 8);

// kRingRequestBit is set in the id of every request that goes through a ring.
inline constexpr std::uint64_t kRingRequestBit = std::uint64_t{1} << 63U;

// A small slot holds 32 KiB of data and what a message puts around it.
inline constexpr std::size_t kSmallSlotBytes = 32768 + kRingPageBytes;
inline constexpr std::size_t kLargeSlotBytes =
    (sizeof(SlotHeader) + kPayloadBytesMax + kRingPageBytes - 1) / kRingPageBytes * kRingPageBytes;
inline constexpr std::size_t kSmallSlotsOffset = kRingPageBytes;
inline constexpr std::size_t kLargeSlotsOffset = kSmallSlotsOffset + kSmallSlotCount * kSmallSlotBytes;
inline constexpr std::size_t kRingBytes = kLargeSlotsOffset + kLargeSlotCount * kLargeSlotBytes;
inline constexpr std::size_t kSmallPayloadBytes = kSmallSlotBytes - sizeof(SlotHeader);
static_assert(kLargeSlotBytes - sizeof(SlotHeader) >= kPayloadBytesMax);

// RingView finds the parts of a ring in mapped memory of kRingBytes, which it does not own.
class RingView {
 public:
  explicit RingView(MutableBytes memory) : memory_(memory) {}

  [[nodiscard]] RingHeader& header() const { return *reinterpret_cast<RingHeader*>(memory_.data()); }
  [[nodiscard]] SlotHeader& slot(std::size_t index) const {
    return *reinterpret_cast<SlotHeader*>(memory_.data() + offset_of(index));
  }
  // room is where the payload of a slot goes: all that fits, whatever the slot says about itself.
  [[nodiscard]] MutableBytes room(std::size_t index) const {
    return memory_.subspan(offset_of(index) + sizeof(SlotHeader), room_bytes(index));
  }
  static constexpr std::size_t room_bytes(std::size_t index) {
    return index < kSmallSlotCount ? kSmallPayloadBytes : kPayloadBytesMax;
  }

 private:
  static constexpr std::size_t offset_of(std::size_t index) {
    return index < kSmallSlotCount ? kSmallSlotsOffset + index * kSmallSlotBytes
                                   : kLargeSlotsOffset + (index - kSmallSlotCount) * kLargeSlotBytes;
  }

  MutableBytes memory_;
};

}  // namespace coffer::wire
