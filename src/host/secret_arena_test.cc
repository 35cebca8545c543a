// Tests of SecretArena: nobody else reads it, freed memory is wiped, and it is a sound allocator.
#include "host/secret_arena.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <initializer_list>
#include <mutex>
#include <random>
#include <sstream>
#include <thread>
#include <vector>

#include "base/secret.h"
#include "base/secret_stack.h"
#include "host/sandbox.h"
#include "host/testing.h"

namespace coffer::host {
namespace {

using testing::exited_with;
using testing::kCheckFailed;
using testing::killed_by;
using testing::run_in_child;

constexpr std::size_t kMebibyte = std::size_t{1} << 20U;

std::unique_ptr<SecretArena> make_arena(ArenaKind best = ArenaKind::hidden, std::size_t bytes = 4 * kMebibyte,
                                        std::size_t spill_bytes_max = 64 * kMebibyte) {
  return SecretArena::create({bytes, spill_bytes_max, best}).value();
}

std::uint8_t* octets_of(void* block) { return static_cast<std::uint8_t*>(block); }

bool is_all(const std::uint8_t* octets, std::size_t bytes, std::uint8_t value) {
  return std::all_of(octets, octets + bytes, [&](std::uint8_t octet) { return octet == value; });
}

// Whether another process can read an address of ours through /proc/PID/mem.
bool can_be_read_by_others(const void* address) {
  const std::string path = "/proc/" + std::to_string(::getpid()) + "/mem";
  const int status = run_in_child([&] {
    const Descriptor memory(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 16> octets{};
    const auto offset = static_cast<off_t>(reinterpret_cast<std::uintptr_t>(address));
    return ::pread(memory.get(), octets.data(), octets.size(), offset) == 16 ? 0 : 1;
  });
  return exited_with(status, 0);
}

// The "VmFlags:" line of the mapping that holds an address.
std::string flags_of_mapping(const void* address) {
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  bool inside = false;
  while (std::getline(maps, line)) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    char dash = 0;
    std::istringstream fields(line);
    if (fields >> std::hex >> begin >> dash >> end && dash == '-') {
      const auto wanted = reinterpret_cast<std::uintptr_t>(address);
      inside = begin <= wanted && wanted < end;
    }
    if (inside && line.starts_with("VmFlags:")) return line + " ";
  }
  return "";
}

bool limit_locked_memory(rlim_t bytes) {
  const rlimit limit{bytes, bytes};
  return ::setrlimit(RLIMIT_MEMLOCK, &limit) == 0 && lower_privileges().state == State::on;
}

TEST(SecretArena, CannotBeReadByAnotherProcessNotEvenRoot) {
  const auto arena = make_arena();
  if (arena->kind() != ArenaKind::hidden) GTEST_SKIP() << "no memfd_secret here";
  const auto ordinary = std::make_unique<std::array<char, 64>>();
  if (!can_be_read_by_others(ordinary->data())) GTEST_SKIP() << "nobody can read anything here";
  void* const secret = arena->allocate(64);
  EXPECT_FALSE(can_be_read_by_others(secret));
}

TEST(SecretArena, SaysWhichProtectionItHas) {
  EXPECT_EQ(make_arena(ArenaKind::unlocked)->kind(), ArenaKind::unlocked);
  EXPECT_EQ(make_arena(ArenaKind::unlocked)->protection().state, State::off);
}

TEST(SecretArena, LeavesNoDescriptorBehind) {
  const std::size_t before = testing::open_descriptor_count();
  const auto arena = make_arena();
  EXPECT_EQ(testing::open_descriptor_count(), before);
}

TEST(SecretArena, IsNotInCoreFilesAndNotInForkedChildren) {
  for (const ArenaKind kind : {ArenaKind::hidden, ArenaKind::locked, ArenaKind::unlocked}) {
    const auto arena = make_arena(kind);
    const std::string flags = flags_of_mapping(arena->allocate(16));
    EXPECT_NE(flags.find(" dd "), std::string::npos) << flags;
    EXPECT_NE(flags.find(" dc "), std::string::npos) << flags;
  }
}

TEST(SecretArena, KeepsItsSpillOutOfCoreFilesAndForkedChildren) {
  const auto arena = make_arena(ArenaKind::hidden, 64 * 1024);
  static_cast<void>(arena->allocate(kMebibyte));
  void* const spilled = arena->allocate(kMebibyte);
  ASSERT_GE(arena->bytes_spilled(), kMebibyte);
  EXPECT_EQ(arena->protection().state, State::off);
  const std::string flags = flags_of_mapping(spilled);
  EXPECT_NE(flags.find(" dd "), std::string::npos) << flags;
  EXPECT_NE(flags.find(" dc "), std::string::npos) << flags;
}

TEST(SecretArena, HasAPageBeforeItThatCannotBeTouched) {
  const int status = run_in_child([] {
    const auto arena = make_arena();
    auto* const first = static_cast<volatile std::uint8_t*>(arena->allocate(16));
    first[-1] = 1;
    return 0;
  });
  EXPECT_TRUE(killed_by(status, SIGSEGV)) << "status " << status;
}

TEST(SecretArena, HasAPageAfterItThatCannotBeTouched) {
  const int status = run_in_child([] {
    const auto arena = make_arena(ArenaKind::hidden, kMebibyte, 0);
    auto* const all = static_cast<volatile std::uint8_t*>(arena->allocate(kMebibyte));
    all[kMebibyte] = 1;
    return 0;
  });
  EXPECT_TRUE(killed_by(status, SIGSEGV)) << "status " << status;
}

// As in a user namespace, whose CAP_IPC_LOCK lifts no limit: too much is tried first.
TEST(SecretArena, LeavesNoHoleWhereTooMuchWasTried) {
  const int status = run_in_child([] {
    const rlimit limit{kMebibyte, kMebibyte};
    if (::setrlimit(RLIMIT_MEMLOCK, &limit) != 0 || ::syscall(SYS_unshare, CLONE_NEWUSER) != 0) return 0;
    const auto arena = make_arena(ArenaKind::hidden, 16 * kMebibyte);
    std::uint8_t* const first = octets_of(arena->allocate(kMebibyte / 2));
    // What others map now must not lie in the arena's range.
    for (int i = 0; i < 64; ++i) {
      void* const other = ::mmap(nullptr, kMebibyte, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (arena->owns(other)) return 1;
    }
    for (int i = 0; i < 20; ++i) {
      if (arena->allocate(kMebibyte / 2) == nullptr) return 2;
    }
    return first != nullptr ? 0 : 3;
  });
  EXPECT_TRUE(exited_with(status, 0)) << status;
}

TEST(SecretArena, StaysWithinTheLimitOfLockedMemory) {
  const int status = run_in_child([] {
    if (!limit_locked_memory(kMebibyte)) return 42;
    const auto arena = make_arena();
    const bool within = arena->kind() != ArenaKind::unlocked && arena->bytes_protected() <= kMebibyte &&
                        arena->bytes_protected() >= 64 * 1024;
    return within && arena->allocate(2 * kMebibyte) != nullptr ? 0 : 1;
  });
  EXPECT_TRUE(exited_with(status, 0)) << "status " << status;
}

TEST(SecretArena, WorksWithoutLockedMemory) {
  const int status = run_in_child([] {
    if (!limit_locked_memory(0)) return 42;
    const auto arena = make_arena();
    return arena->kind() == ArenaKind::unlocked && arena->allocate(100) != nullptr ? 0 : 1;
  });
  EXPECT_TRUE(exited_with(status, 0)) << "status " << status;
}

// Sizes on both sides of every kind of border.
class SecretArenaSizes : public ::testing::TestWithParam<std::size_t> {};

INSTANTIATE_TEST_SUITE_P(Borders, SecretArenaSizes,
                         ::testing::Values(1, 15, 16, 17, 128, 129, 160, 161, 512, 513, 4096, 4097, 8192,
                                           8193, 65536, 65537, kSpanBytesMax, kSpanBytesMax + 1,
                                           8 * kMebibyte));

TEST_P(SecretArenaSizes, AreAlignedZeroedAndWritable) {
  const auto arena = make_arena();
  std::uint8_t* const block = octets_of(arena->allocate(GetParam()));
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 16, 0U);
  EXPECT_TRUE(is_all(block, GetParam(), 0));
  std::fill_n(block, GetParam(), std::uint8_t{0xa5});
  EXPECT_GE(arena->bytes_used(), GetParam());
  arena->release(block);
  EXPECT_EQ(arena->bytes_used(), 0U);
}

TEST_P(SecretArenaSizes, AreZeroAgainWhenReused) {
  const auto arena = make_arena(ArenaKind::unlocked);
  std::uint8_t* const first = octets_of(arena->allocate(GetParam()));
  std::fill_n(first, GetParam(), std::uint8_t{0xa5});
  arena->release(first);
  EXPECT_TRUE(is_all(octets_of(arena->allocate(GetParam())), GetParam(), 0));
}

TEST(SecretArena, WipesAtOnceWhatIsFreed) {
  // Part of a slab that stays, so that the memory can still be looked at.
  for (const std::size_t bytes : {std::size_t{16}, std::size_t{100}, std::size_t{1000}, std::size_t{5000}}) {
    const auto arena = make_arena(ArenaKind::unlocked);
    std::uint8_t* const neighbour = octets_of(arena->allocate(bytes));
    std::uint8_t* const freed = octets_of(arena->allocate(bytes));
    std::fill_n(neighbour, bytes, std::uint8_t{0xa5});
    std::fill_n(freed, bytes, std::uint8_t{0x5a});
    arena->release(freed);
    EXPECT_TRUE(is_all(freed, bytes, 0));
    EXPECT_TRUE(is_all(neighbour, bytes, 0xa5));
  }
}

TEST(SecretArena, WipesASpanThatIsFreed) {
  const auto arena = make_arena(ArenaKind::unlocked);
  std::uint8_t* const freed = octets_of(arena->allocate(200'000));
  std::fill_n(freed, 200'000, std::uint8_t{0x5a});
  arena->release(freed);
  EXPECT_TRUE(is_all(freed, 200'000, 0));
}

TEST(SecretArena, ReallocateKeepsTheContentAndWipesTheOldPlace) {
  const auto arena = make_arena(ArenaKind::unlocked);
  static_cast<void>(arena->allocate(100));
  std::uint8_t* const small = octets_of(arena->allocate(100));
  std::fill_n(small, 100, std::uint8_t{7});
  std::uint8_t* const large = octets_of(arena->reallocate(small, 3000));
  EXPECT_TRUE(is_all(large, 100, 7));
  EXPECT_TRUE(is_all(small, 100, 0));
}

TEST(SecretArena, ReallocateWipesWhatIsCutOff) {
  const auto arena = make_arena(ArenaKind::unlocked);
  std::uint8_t* const block = octets_of(arena->allocate(1000));
  std::fill_n(block, 1000, std::uint8_t{7});
  ASSERT_EQ(arena->reallocate(block, 900), block);
  EXPECT_TRUE(is_all(block, 900, 7));
  EXPECT_TRUE(is_all(block + 900, 100, 0));
}

TEST(SecretArena, ReallocateToNothingFrees) {
  const auto arena = make_arena();
  EXPECT_EQ(arena->reallocate(arena->allocate(100), 0), nullptr);
  EXPECT_EQ(arena->bytes_used(), 0U);
}

TEST(SecretArena, ReallocateMovesBetweenMappings) {
  const auto arena = make_arena();
  std::uint8_t* const first = octets_of(arena->allocate(2 * kMebibyte));
  std::fill_n(first, 2 * kMebibyte, std::uint8_t{9});
  std::uint8_t* const second = octets_of(arena->reallocate(first, 5 * kMebibyte));
  EXPECT_TRUE(is_all(second, 2 * kMebibyte, 9));
  EXPECT_EQ(arena->bytes_used(), 5 * kMebibyte);
}

TEST(SecretArena, EndsTheProcessWhenABlockIsFreedTwice) {
  const int status = run_in_child([] {
    const auto arena = make_arena();
    static_cast<void>(arena->allocate(32));
    void* const block = arena->allocate(32);
    arena->release(block);
    arena->release(block);
    return 0;
  });
  EXPECT_TRUE(exited_with(status, kCheckFailed));
}

TEST(SecretArena, EndsTheProcessWhenTheMiddleOfABlockIsFreed) {
  const int status = run_in_child([] {
    const auto arena = make_arena();
    arena->release(octets_of(arena->allocate(64)) + 16);
    return 0;
  });
  EXPECT_TRUE(exited_with(status, kCheckFailed));
}

TEST(SecretArena, EndsTheProcessWhenForeignMemoryIsFreed) {
  const int status = run_in_child([] {
    const auto arena = make_arena();
    std::array<std::uint8_t, 64> foreign{};
    arena->release(foreign.data());
    return 0;
  });
  EXPECT_TRUE(exited_with(status, kCheckFailed));
}

TEST(SecretArena, RefusesASizeThatCannotBe) { EXPECT_EQ(make_arena()->allocate(SIZE_MAX - 100), nullptr); }

TEST(SecretArena, GoesOnOutsideWhenTheProtectedPartIsFull) {
  const auto arena = make_arena(ArenaKind::hidden, 64 * 1024);
  std::vector<void*> blocks;
  for (int i = 0; i < 1000; ++i) blocks.push_back(arena->allocate(1024));
  EXPECT_EQ(std::count(blocks.begin(), blocks.end(), nullptr), 0);
  EXPECT_GT(arena->bytes_spilled(), 0U);
  for (void* const block : blocks) arena->release(block);
  EXPECT_EQ(arena->bytes_used(), 0U);
  EXPECT_EQ(arena->bytes_spilled(), 0U);
}

TEST(SecretArena, UsesMappingsOfTheirOwnWhenEvenTheSpillIsFull) {
  const auto arena = make_arena(ArenaKind::hidden, 64 * 1024, 0);
  std::vector<void*> blocks;
  for (int i = 0; i < 100; ++i) blocks.push_back(arena->allocate(1024));
  EXPECT_EQ(std::count(blocks.begin(), blocks.end(), nullptr), 0);
  for (void* const block : blocks) arena->release(block);
  EXPECT_EQ(arena->bytes_used(), 0U);
}

TEST(SecretArena, FillsOneSlabOutsideWhereNoPagesLieTogether) {
  constexpr std::size_t kInPage = 512;  // eight of them share a page; four pages hold sixteen of 1024
  const auto arena = make_arena(ArenaKind::hidden, 64 * 1024);
  std::vector<void*> blocks;
  while (arena->bytes_left() > 0) blocks.push_back(arena->allocate(kInPage));
  ASSERT_NE(arena->allocate(1024), nullptr);
  const std::size_t spilled = arena->bytes_spilled();
  ASSERT_GT(spilled, 0U);
  // Every second page becomes free.
  for (void* const block : blocks) {
    if (reinterpret_cast<std::uintptr_t>(block) / 4096 % 2 == 0) arena->release(block);
  }
  ASSERT_GE(arena->bytes_left(), std::size_t{4} * 4096);
  for (int i = 0; i < 12; ++i) ASSERT_NE(arena->allocate(1024), nullptr);
  EXPECT_EQ(arena->bytes_spilled(), spilled);
}

TEST(SecretArena, PutsBulkOutsideBeforeItTouchesTheReserve) {
  const rlimit none{0, 0};
  const int status = run_in_child([&] {
    // Beyond the arena itself nothing can be hidden.
    const auto arena = make_arena(ArenaKind::hidden, 4 * kMebibyte);
    if (arena->kind() != ArenaKind::hidden) return 0;
    if (::setrlimit(RLIMIT_MEMLOCK, &none) != 0 || lower_privileges().state != State::on) return 1;
    if (arena->bytes_reserved() != kMebibyte || arena->bytes_left() != 4 * kMebibyte) return 2;
    void* const inside = arena->allocate_any(2 * kMebibyte);
    void* const outside = arena->allocate_any(2 * kMebibyte);
    void* const small = arena->allocate_any(kBulkBytes / 2);
    void* const secret = arena->allocate(kMebibyte);
    if (inside == nullptr || outside == nullptr || small == nullptr || secret == nullptr) return 3;
    if (arena->bytes_bulk() != 2 * kMebibyte || arena->bytes_spilled() != 0) return 4;
    if (arena->protection().state != State::on) return 5;
    if (arena->protection().reason.find("2048 KiB of requests' data lie outside") == std::string::npos)
      return 6;
    if (!is_all(octets_of(outside), 2 * kMebibyte, 0)) return 7;
    for (void* const each : {inside, outside, small, secret}) arena->release(each);
    return arena->bytes_bulk() == 0 && arena->bytes_used() == 0 ? 0 : 8;
  });
  EXPECT_TRUE(exited_with(status, 0)) << status;
}

TEST(SecretArena, PutsBulkOutsideWhereTheFreePagesDoNotLieTogether) {
  const rlimit none{0, 0};
  const int status = run_in_child([&] {
    const auto arena = make_arena(ArenaKind::hidden, 4 * kMebibyte);
    if (arena->kind() != ArenaKind::hidden) return 0;
    if (::setrlimit(RLIMIT_MEMLOCK, &none) != 0 || lower_privileges().state != State::on) return 1;
    constexpr std::size_t kPiece = 64 * 1024;
    std::vector<void*> pieces;
    while (arena->bytes_left() >= kPiece) pieces.push_back(arena->allocate(kPiece));
    for (std::size_t i = 0; i < pieces.size(); i += 2) arena->release(pieces[i]);
    if (arena->bytes_left() - kBulkBytes < arena->bytes_reserved()) return 2;
    void* const bulk = arena->allocate_any(kBulkBytes);
    if (bulk == nullptr || arena->bytes_bulk() != kBulkBytes || arena->bytes_spilled() != 0) return 3;
    arena->release(bulk);
    return 0;
  });
  EXPECT_TRUE(exited_with(status, 0)) << status;
}

TEST(SecretArena, ManyThreadsAtTheLimitNeverGetEachOthersMemory) {
  const int status = run_in_child([&] {
    const auto arena = make_arena(ArenaKind::hidden, 4 * kMebibyte);
    if (arena->kind() != ArenaKind::hidden) return 0;
    const rlimit some{5 * kMebibyte, 5 * kMebibyte};
    if (::setrlimit(RLIMIT_MEMLOCK, &some) != 0 || lower_privileges().state != State::on) return 1;
    void* const filling = arena->allocate(3 * kMebibyte);
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (std::uint8_t number = 1; number <= 8; ++number) {
      threads.emplace_back([&, number] {
        std::minstd_rand random(number);
        for (int i = 0; i < 500; ++i) {
          const std::size_t bytes = kBulkBytes + random() % (2 * kBulkBytes);
          std::uint8_t* const octets = octets_of(arena->allocate_any(bytes));
          octets[0] = octets[bytes - 1] = number;
          std::this_thread::yield();
          if (octets[0] != number || octets[bytes - 1] != number) ++wrong;
          arena->release(octets);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    arena->release(filling);
    return wrong == 0 && arena->bytes_used() == 0 ? 0 : 2;
  });
  EXPECT_TRUE(exited_with(status, 0)) << status;
}

TEST(SecretArena, TakesEmptySlabsOfOtherSizesBeforeItSpills) {
  const auto arena = make_arena(ArenaKind::hidden, 64 * 1024, 0);
  for (const std::size_t bytes : std::initializer_list<std::size_t>{16, 48, 64, 1000, 2000, 4000, 6000}) {
    arena->release(arena->allocate(bytes));
  }
  const void* const whole = arena->allocate(64 * 1024);
  EXPECT_NE(whole, nullptr);
  EXPECT_EQ(arena->bytes_used(), 64U * 1024);
}

// A block in a stress test, filled with a value of its own.
struct Marked {
  std::uint8_t* octets;
  std::size_t bytes;
  std::uint8_t mark;
};

void fill(const Marked& block) { std::fill_n(block.octets, block.bytes, block.mark); }
bool is_intact(const Marked& block) { return is_all(block.octets, block.bytes, block.mark); }

std::size_t random_size(std::mt19937& random) {
  // Mostly small, sometimes large: the logarithm is even.
  const unsigned bits = std::uniform_int_distribution<unsigned>(0, 17)(random);
  return std::uniform_int_distribution<std::size_t>(1, std::size_t{1} << bits)(random);
}

// One thread's part: allocates, grows, checks and frees at random, also blocks that others have allocated.
bool work_at_random(SecretArena& arena, unsigned seed, std::mutex& mutex, std::vector<Marked>& shared) {
  constexpr int kSteps = 20'000;
  constexpr std::size_t kOwnMax = 200;
  constexpr std::size_t kSharedMax = 50;
  std::mt19937 random(seed);
  std::vector<Marked> own;
  bool sound = true;
  for (int step = 0; step < kSteps; ++step) {
    const unsigned action = std::uniform_int_distribution<unsigned>(0, 9)(random);
    if (own.empty() || (action < 5 && own.size() < kOwnMax)) {
      const std::size_t bytes = random_size(random);
      const Marked block{octets_of(arena.allocate(bytes)), bytes, static_cast<std::uint8_t>(random() | 1U)};
      sound = sound && block.octets != nullptr && is_all(block.octets, bytes, 0);
      fill(block);
      own.push_back(block);
      continue;
    }
    std::swap(own[random() % own.size()], own.back());
    sound = sound && is_intact(own.back());
    if (action == 5) {
      const std::size_t kept = own.back().bytes;
      own.back().bytes = random_size(random);
      own.back().octets = octets_of(arena.reallocate(own.back().octets, own.back().bytes));
      sound = sound && is_all(own.back().octets, std::min(kept, own.back().bytes), own.back().mark);
      fill(own.back());
    } else if (action == 6) {
      const std::lock_guard lock(mutex);
      if (shared.size() < kSharedMax) {
        shared.push_back(own.back());
        own.pop_back();
      } else {
        std::swap(shared[random() % shared.size()], own.back());
      }
    } else {
      arena.release(own.back().octets);
      own.pop_back();
    }
  }
  for (const Marked& block : own) {
    sound = sound && is_intact(block);
    arena.release(block.octets);
  }
  return sound;
}

class SecretArenaStress : public ::testing::TestWithParam<ArenaOptions> {};

INSTANTIATE_TEST_SUITE_P(Kinds, SecretArenaStress,
                         ::testing::Values(ArenaOptions{8 * kMebibyte, 64 * kMebibyte, ArenaKind::hidden},
                                           ArenaOptions{256 * 1024, 64 * kMebibyte, ArenaKind::unlocked},
                                           ArenaOptions{256 * 1024, 1 * kMebibyte, ArenaKind::unlocked}));

TEST_P(SecretArenaStress, KeepsEveryBlockIntactUnderFourThreads) {
  constexpr unsigned kSeed = 20260101;
  const auto arena = SecretArena::create(GetParam()).value();
  std::mutex mutex;
  std::vector<Marked> shared;
  std::array<bool, 4> sound{};
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < sound.size(); ++i) {
      threads.emplace_back([&, i] { sound[i] = work_at_random(*arena, kSeed + i, mutex, shared); });
    }
  }
  EXPECT_EQ(sound, (std::array{true, true, true, true})) << "seed " << kSeed;
  for (const Marked& block : shared) {
    EXPECT_TRUE(is_intact(block));
    arena->release(block.octets);
  }
  EXPECT_EQ(arena->bytes_used(), 0U);
}

TEST(InstallArena, MovesSecretBytesIntoTheArena) {
  const int status = run_in_child([] {
    SecretArena& arena = install_arena(make_arena());
    const std::size_t before = arena.bytes_used();
    bool inside = false;
    {
      const SecretBytes secret = SecretBytes::zeroes(100);
      inside = arena.bytes_used() == before + 112;
    }
    return inside && arena.bytes_used() == before ? 0 : 1;
  });
  EXPECT_TRUE(exited_with(status, 0));
}

// Reads this process's memory as root would read another's.
bool is_readable_from_outside(const void* address) {
  const Descriptor memory(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
  std::uint8_t octet = 0;
  return ::pread(memory.get(), &octet, 1, static_cast<off_t>(reinterpret_cast<std::uintptr_t>(address))) == 1;
}

TEST(SecretStack, IsHiddenAsKeysAre) {
  const int status = run_in_child([] {
    SecretArena& arena = install_arena(make_arena());
    bool is_hidden = arena.kind() == ArenaKind::hidden;
    bool used = false;
    bool read = false;
    on_secret_stack([&] {
      used = arena.bytes_used() >= kSecretStackBytes;
      is_hidden = is_hidden && arena.bytes_spilled() == 0;  // where a process may lock very little, it is not
      read = is_readable_from_outside(__builtin_frame_address(0));
    });
    const bool given_back = arena.bytes_used() == 0;
    const bool home = is_readable_from_outside(__builtin_frame_address(0));
    return used && read == !is_hidden && given_back && home ? 0 : 1;
  });
  EXPECT_TRUE(exited_with(status, 0));
}

TEST(SecretStack, OverflowEndsTheProcess) {
  const int status = run_in_child([] {
    install_arena(make_arena());
    on_secret_stack([] {
      // Just as far down as the stack is large.
      *(static_cast<volatile std::uint8_t*>(__builtin_frame_address(0)) - kSecretStackBytes + 2048) = 1;
    });
    return 0;
  });
  EXPECT_TRUE(killed_by(status, SIGSEGV));
}

TEST(SecretStack, IsTheOrdinaryOneWithoutAnArena) {
  bool read = false;
  on_secret_stack([&] { read = is_readable_from_outside(__builtin_frame_address(0)); });
  EXPECT_TRUE(read);
}

}  // namespace
}  // namespace coffer::host
