// Seeded randomness: takes the place of random_source.cc in a test program, and that of OpenSSL's DRBG.
#include "crypto/seeded_random_testing.h"

// RAND_METHOD is the only way to OpenSSL's own draws that needs no provider.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/rand.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>

#include "base/check.h"
#include "crypto/primitives.h"
#include "crypto/random_source.h"

namespace coffer::crypto {
namespace {

constexpr std::string_view kLabel = "coffer: randomness that follows from a seed";

// Seeding is what seed_randomness was called with last.
struct Seeding {
  std::mutex mutex;  // guards seed, quick_seed, is_quick and stream_count
  Digest32 seed{};
  std::uint64_t quick_seed = 0;
  bool is_quick = false;
  std::uint64_t stream_count = 0;
  std::atomic<std::uint64_t> number = 0;  // 0: never yet
};
constinit Seeding seeding;

// Stream is one thread's: the SHA-256 of seed, number of the stream and number of the block; or quick
// numbers.
struct Stream {
  std::uint64_t seeding_number = 0;
  std::uint64_t number = 0;
  std::uint64_t block_count = 0;
  bool is_quick = false;
  std::uint64_t quick_state = 0;
  Digest32 seed{};
  Digest32 block{};
  std::size_t used = 0;
};
thread_local constinit Stream stream;

// Called with the mutex.
void begin_stream() {
  stream = {.seeding_number = seeding.number.load(),
            .number = seeding.stream_count++,
            .is_quick = seeding.is_quick,
            .quick_state = seeding.quick_seed + (seeding.stream_count << 32U),
            .seed = seeding.seed,
            .used = sizeof(Digest32)};
}

void append_number(Buffer& octets, std::uint64_t number) {
  for (unsigned i = 0; i < 8; ++i) octets.push_back(static_cast<std::uint8_t>(number >> (8U * i)));
}

std::uint64_t quick_number() {
  stream.quick_state += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = stream.quick_state;
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31U);
}

void next_quick_block() {
  for (std::size_t at = 0; at < stream.block.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t number = quick_number();
    std::memcpy(stream.block.data() + at, &number, sizeof number);
  }
  stream.used = 0;
}

void next_block() {
  if (stream.is_quick) return next_quick_block();
  Buffer input = to_buffer(stream.seed);
  append_number(input, stream.number);
  append_number(input, stream.block_count++);
  stream.block = sha256(input);
  stream.used = 0;
}

void fill(MutableBytes out) {
  CHECK(seeding.number.load() != 0);
  if (stream.seeding_number != seeding.number.load()) {
    const std::lock_guard lock(seeding.mutex);
    begin_stream();
  }
  while (!out.empty()) {
    if (stream.used == stream.block.size()) next_block();
    const std::size_t count = std::min(out.size(), stream.block.size() - stream.used);
    std::copy_n(stream.block.begin() + static_cast<std::ptrdiff_t>(stream.used), count, out.begin());
    stream.used += count;
    out = out.subspan(count);
  }
}

int fill_for_openssl(unsigned char* octets, int count) {
  if (count < 0) return 0;
  fill({octets, static_cast<std::size_t>(count)});
  return 1;
}

int is_seeded() { return 1; }

const RAND_METHOD kMethod = {.seed = nullptr,
                             .bytes = fill_for_openssl,
                             .cleanup = nullptr,
                             .add = nullptr,
                             .pseudorand = fill_for_openssl,
                             .status = is_seeded};

}  // namespace

Status draw_random(MutableBytes out) {
  fill(out);
  return {};
}

// What a peer mixes in would make what follows depend on it: here nothing does but the seed.
void stir_random(Bytes /*octets*/) {}

namespace {

void seed_with(const Digest32& seed, std::uint64_t quick_seed, bool is_quick) {
  {
    const std::lock_guard lock(seeding.mutex);
    seeding.seed = seed;
    seeding.quick_seed = quick_seed;
    seeding.is_quick = is_quick;
    seeding.stream_count = 0;
    ++seeding.number;
    begin_stream();
  }
  CHECK(RAND_set_rand_method(&kMethod) == 1);
  seed_random({});  // throws away what random_bytes has in store
}

}  // namespace

void seed_randomness(std::string_view seed) {
  Buffer input = to_buffer(as_bytes(kLabel));
  append(input, as_bytes(seed));
  seed_with(sha256(input), 0, false);
}

void seed_randomness_quickly(std::uint64_t seed) { seed_with({}, seed, true); }

}  // namespace coffer::crypto
