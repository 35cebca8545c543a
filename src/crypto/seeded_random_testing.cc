// Seeded randomness: takes the place of random_source.cc in a test program, and that of OpenSSL's DRBG.
#include "crypto/seeded_random_testing.h"

// RAND_METHOD is the only way to OpenSSL's own draws that needs no provider.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/rand.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include "base/check.h"
#include "crypto/primitives.h"
#include "crypto/random_source.h"

namespace coffer::crypto {
namespace {

constexpr std::string_view kLabel = "coffer: randomness that follows from a seed";

// Seeding is what seed_randomness was called with last.
struct Seeding {
  std::mutex mutex;  // guards seed and stream_count
  Digest32 seed{};
  std::uint64_t stream_count = 0;
  std::atomic<std::uint64_t> number = 0;  // 0: never yet
};
constinit Seeding seeding;

// Stream is one thread's: the SHA-256 of seed, number of the stream and number of the block.
struct Stream {
  std::uint64_t seeding_number = 0;
  std::uint64_t number = 0;
  std::uint64_t block_count = 0;
  Digest32 seed{};
  Digest32 block{};
  std::size_t used = 0;
};
thread_local constinit Stream stream;

// Called with the mutex.
void begin_stream() {
  stream = {.seeding_number = seeding.number.load(),
            .number = seeding.stream_count++,
            .seed = seeding.seed,
            .used = sizeof(Digest32)};
}

void append_number(Buffer& octets, std::uint64_t number) {
  for (unsigned i = 0; i < 8; ++i) octets.push_back(static_cast<std::uint8_t>(number >> (8U * i)));
}

void next_block() {
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

void seed_randomness(std::string_view seed) {
  Buffer input = to_buffer(as_bytes(kLabel));
  append(input, as_bytes(seed));
  {
    const std::lock_guard lock(seeding.mutex);
    seeding.seed = sha256(input);
    seeding.stream_count = 0;
    ++seeding.number;
    begin_stream();
  }
  CHECK(RAND_set_rand_method(&kMethod) == 1);
  seed_random({});  // throws away what random_bytes has in store
}

}  // namespace coffer::crypto
