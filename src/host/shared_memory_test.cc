// Tests of shared memory: what the chip refuses to map, and sleeping on a word in it.
#include "host/shared_memory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>

#include "host/testing.h"

namespace coffer::host {
namespace {

constexpr std::size_t kBytes = 64 * 1024;

Descriptor make_region(std::size_t bytes, int seals, unsigned flags = 0) {
  Descriptor region(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING | flags));
  CHECK(region.is_open() && ::ftruncate(region.get(), static_cast<off_t>(bytes)) == 0);
  CHECK(::fcntl(region.get(), F_ADD_SEALS, seals) == 0);
  return region;
}

std::atomic<std::uint32_t>& word_of(const SharedMemory& memory) {
  return *reinterpret_cast<std::atomic<std::uint32_t>*>(memory.octets().data());
}

TEST(SharedMemory, IsTheSameMemoryForBoth) {
  const SharedMemory ours = SharedMemory::create(kBytes).value();
  const SharedMemory theirs =
      SharedMemory::map_untrusted(ours.descriptor().duplicate().value(), kBytes).value();
  ours.octets()[100] = 7;
  EXPECT_EQ(theirs.octets()[100], 7);
}

TEST(SharedMemory, CanNeitherShrinkNorGrow) {
  const SharedMemory memory = SharedMemory::create(kBytes).value();
  EXPECT_NE(::ftruncate(memory.descriptor().get(), 0), 0);
  EXPECT_NE(::ftruncate(memory.descriptor().get(), 2 * kBytes), 0);
}

TEST(SharedMemory, ClosesTheDescriptorOfThePeer) {
  const SharedMemory ours = SharedMemory::create(kBytes).value();
  const std::size_t before = testing::open_descriptor_count();
  const SharedMemory theirs =
      SharedMemory::map_untrusted(ours.descriptor().duplicate().value(), kBytes).value();
  EXPECT_EQ(testing::open_descriptor_count(), before);
}

TEST(SharedMemory, RefusesARegionWithoutSeals) {
  EXPECT_EQ(SharedMemory::map_untrusted(make_region(kBytes, 0), kBytes).error().code, Code::denied);
}

TEST(SharedMemory, RefusesARegionThatCanShrink) {
  Descriptor region = make_region(kBytes, F_SEAL_GROW);
  EXPECT_EQ(SharedMemory::map_untrusted(std::move(region), kBytes).error().code, Code::denied);
}

TEST(SharedMemory, RefusesARegionThatCanGrow) {
  Descriptor region = make_region(kBytes, F_SEAL_SHRINK);
  EXPECT_EQ(SharedMemory::map_untrusted(std::move(region), kBytes).error().code, Code::denied);
}

TEST(SharedMemory, RefusesAShortRegion) {
  Descriptor region = make_region(kBytes - 1, F_SEAL_SHRINK | F_SEAL_GROW);
  EXPECT_EQ(SharedMemory::map_untrusted(std::move(region), kBytes).error().code, Code::denied);
}

TEST(SharedMemory, RefusesARegionThatCannotBeWritten) {
  Descriptor region = make_region(kBytes, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
  EXPECT_FALSE(SharedMemory::map_untrusted(std::move(region), kBytes).ok());
}

TEST(SharedMemory, RefusesAnOrdinaryFile) {
  const testing::TemporaryDirectory directory;
  ASSERT_TRUE(write_file_durably(directory / "file", Buffer(kBytes)).ok());
  Descriptor file(::open((directory / "file").c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_EQ(SharedMemory::map_untrusted(std::move(file), kBytes).error().code, Code::denied);
}

TEST(SharedMemory, RefusesHugePages) {
  constexpr std::size_t kHugeBytes = 2U << 20U;
  const Descriptor probe(::memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB));
  if (!probe.is_open()) GTEST_SKIP() << "no huge pages here";
  Descriptor region = make_region(kHugeBytes, F_SEAL_SHRINK | F_SEAL_GROW, MFD_HUGETLB);
  EXPECT_EQ(SharedMemory::map_untrusted(std::move(region), kHugeBytes).error().code, Code::denied);
}

TEST(SharedMemory, HasALimit) {
  EXPECT_EQ(SharedMemory::create(kSharedMemoryBytesMax + 1).error().code, Code::limit);
  EXPECT_EQ(SharedMemory::create(0).error().code, Code::limit);
}

TEST(SharedMemory, IsRefusedWithoutASignalWhereFilesMayNotGrow) {
  testing::ForkedChild child([] {
    const rlimit none{0, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &none) != 0) return 1;
    const auto refused = SharedMemory::create(kBytes);
    return !refused.ok() && refused.error().code == Code::limit ? 0 : 2;
  });
  EXPECT_TRUE(testing::exited_with(child.wait(), 0));
}

TEST(Futex, WakesASleeperInAnotherProcess) {
  const SharedMemory memory = SharedMemory::create(kBytes).value();
  testing::ForkedChild sleeper([&] {
    while (word_of(memory).load() == 0) futex_wait(word_of(memory), 0, Deadline::never());
    return 0;
  });
  word_of(memory).store(1);
  futex_wake(word_of(memory), 1);
  EXPECT_TRUE(testing::exited_with(sleeper.wait(), 0));
}

TEST(Futex, DoesNotSleepWhenTheWordHasChanged) {
  std::atomic<std::uint32_t> word = 1;
  EXPECT_EQ(futex_wait(word, 0, Deadline::never()), Wake::changed);
}

TEST(Futex, GivesUpAtItsDeadline) {
  std::atomic<std::uint32_t> word = 0;
  EXPECT_EQ(futex_wait(word, 0, Deadline::after(std::chrono::milliseconds(1))), Wake::timed_out);
}

}  // namespace
}  // namespace coffer::host
