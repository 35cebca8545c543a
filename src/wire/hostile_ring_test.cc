// A client that lies in its ring harms nobody else: the chip lives on, and honest clients notice nothing.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "codec/binary.h"
#include "host/shared_memory.h"
#include "wire/echo_server_test.h"
#include "wire/raw_ring_test.h"
#include "wire/ring.h"

namespace coffer::wire {
namespace {

using HostileClient = RawRing;

TEST(HostileRing, ALengthPastTheSlotIsMalformed) {
  EchoServer server;
  HostileClient client(server.path());
  for (const std::uint32_t bytes :
       {static_cast<std::uint32_t>(kSmallPayloadBytes + 1), 0x7fffffffU, 0xffffffffU}) {
    client.submit(0, kEcho, bytes);
    EXPECT_EQ(client.code_of(0), Code::malformed);
  }
  for (const std::uint32_t bytes : {static_cast<std::uint32_t>(kPayloadBytesMax + 1), 0xffffffffU}) {
    client.submit(kSlotCount - 1, kEcho, bytes);
    EXPECT_EQ(client.code_of(kSlotCount - 1), Code::malformed);
  }
  client.submit(0, kEcho, 100);
  EXPECT_EQ(client.code_of(0), Code::ok);
}

// Also where nobody at the other end wipes it.
TEST(ServerRing, ARequestThatCarriesASecretIsWipedOnceItWasRead) {
  EchoServer server;
  RawRing client(server.path());
  const MutableBytes request = client.view().room(0).first(1000);
  for (const bool is_secret : {true, false}) {
    std::ranges::fill(request, std::uint8_t{0x5a});
    client.submit(0, is_secret ? kOp<Login> : kOp<Sign>, 1000);
    ASSERT_EQ(client.code_of(0), Code::unsupported);
    // The front holds the answer.
    const std::uint8_t left = is_secret ? 0 : 0x5a;
    EXPECT_TRUE(std::ranges::all_of(request.subspan(100), [=](std::uint8_t each) { return each == left; }));
  }
}

TEST(HostileRing, ARingCannotBeAttachedThroughARing) {
  EchoServer server;
  HostileClient client(server.path());
  client.submit(0, kOp<AttachRing>, 8);
  EXPECT_EQ(client.code_of(0), Code::malformed);
}

TEST(HostileRing, ASecondRingIsRefused) {
  EchoServer server;
  HostileClient client(server.path());
  const auto memory = host::SharedMemory::create(kRingBytes);
  ASSERT_TRUE(memory.ok());
  Buffer request;
  codec::encode_into(AttachRing{.bytes = kRingBytes}, request);
  const std::array<int, 1> descriptors{memory.value().descriptor().get()};
  ASSERT_TRUE(host::send_with_descriptors(client.peer().socket(), frame_of(2, kOp<AttachRing>, request),
                                          descriptors, soon())
                  .ok());
  const auto answer = client.peer().answer();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->code, static_cast<std::uint16_t>(Code::exists));
}

TEST(HostileRing, ASlotThatIsSubmittedWhileItsRequestRunsIsIgnored) {
  EchoServer server;
  HostileClient client(server.path());
  client.submit(0, kNever, 10);
  // The answer of slot 1 comes after slot 0 was taken.
  client.submit(1, kEcho, 10);
  ASSERT_EQ(client.code_of(1), Code::ok);
  for (unsigned i = 0; i < 100; ++i) {
    client.submit(0, kNever, 10);
    client.submit(1, kEcho, 10);
    ASSERT_EQ(client.code_of(1), Code::ok);
  }
  EXPECT_EQ(server.service().kept_count(), 1U);
  server.service().release_kept();
  EXPECT_EQ(client.code_of(0), Code::ok);
  client.submit(0, kEcho, 10);
  EXPECT_EQ(client.code_of(0), Code::ok);
}

TEST(HostileRing, APayloadThatChangesWhileItIsReadIsCopiedBefore) {
  EchoServer server;
  HostileClient client(server.path());
  std::atomic<bool> ending = false;
  const MutableBytes room = client.view().room(0);
  std::thread scribbles([&] {
    for (std::uint8_t value = 0; !ending; ++value) {
      reinterpret_cast<std::atomic<std::uint8_t>&>(room[0]).store(value, std::memory_order_relaxed);
    }
  });
  // kTwice answers ok only if two looks at its payload saw the same.
  for (unsigned i = 0; i < 2000; ++i) {
    client.submit(0, kTwice, 1);
    ASSERT_EQ(client.code_of(0), Code::ok);
  }
  ending = true;
  scribbles.join();
}

// Writes random words to random places, often into the headers, where they hurt most.
void scribble(MutableBytes memory, std::uint64_t seed, const std::atomic<bool>& ending) {
  std::mt19937_64 random(seed);
  while (!ending) {
    const std::uint64_t choice = random();
    const std::size_t slot = choice % kSmallSlotCount;
    std::size_t offset = (choice >> 8U) % memory.size();
    if (choice % 3 == 0) offset = 64 + (choice >> 8U) % 16;
    if (choice % 3 == 1) offset = kSmallSlotsOffset + slot * kSmallSlotBytes + (choice >> 8U) % 32;
    offset = offset / 8 * 8;
    reinterpret_cast<std::atomic<std::uint64_t>&>(memory[offset]).store(random(), std::memory_order_relaxed);
  }
}

TEST(HostileRing, ScribblingOverTheWholeRingLeavesOthersAlone) {
  EchoServer server;
  const auto honest = server.connect(true);
  std::atomic<bool> ending = false;
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    threads.emplace_back([&, seed] {
      while (!ending) {
        HostileClient client(server.path());
        std::atomic<bool> enough = false;
        std::thread scribbles([&] { scribble(client.octets(), seed, enough); });
        std::mt19937_64 random(seed + 100);
        for (unsigned i = 0; i < 3000; ++i) {
          const Op op = std::array{kEcho, kLate, kEcho, kSlow, kFail, kDrop}[random() % 6];
          client.submit(random() % kSlotCount, op, static_cast<std::uint32_t>(random() % 40000));
        }
        enough = true;
        scribbles.join();
      }
    });
  }
  unsigned wrong = 0;
  for (unsigned i = 0; i < 3000; ++i) {
    if (!echo(*honest, i % 7 == 0 ? kLate : kEcho, Buffer(i % 300, static_cast<std::uint8_t>(i)))) ++wrong;
  }
  ending = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_TRUE(echo(*honest, kEcho, Buffer(10, 1)));
}

}  // namespace
}  // namespace coffer::wire
