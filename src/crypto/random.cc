// random_bytes: the source of randomness behind a small buffer a thread and a continuous check.
#include <array>
#include <atomic>
#include <cstring>

#include "crypto/primitives.h"
#include "crypto/random_check.h"
#include "crypto/random_source.h"

namespace coffer::crypto {
namespace {

// One request to the source costs as much as two dozen small answers out of the buffer.
constexpr std::size_t kBufferBytes = 1024;
constexpr std::size_t kSmallBytes = 256;

// Set for good when the continuous check fails.
constinit std::atomic<bool> broken = false;
// Counts seed_random: buffers filled before it are thrown away.
constinit std::atomic<std::uint32_t> seedings = 0;

// ThreadRandom is what one thread has in store. What was handed out is wiped here. The process must not fork
// while it has threads that use it: two children would continue with the same octets. The chip never forks.
struct ThreadRandom {
  SecretBytes octets;
  std::size_t used = kBufferBytes;
  std::uint32_t seeding = 0;
  RandomCheck check;
};

ThreadRandom& of_thread() {
  thread_local ThreadRandom random;
  return random;
}

Error no_random() { return Error{Code::self_test_failed, "the random number generator is off"}; }

Status generate(RandomCheck& check, MutableBytes out) {
  TRY(draw_random(out));
  if (!check.accept(out)) {
    broken.store(true);
    wipe(out);
    return no_random();
  }
  return {};
}

Status refill(ThreadRandom& random) {
  if (random.octets.empty()) random.octets = SecretBytes::zeroes(kBufferBytes);
  random.seeding = seedings.load(std::memory_order_relaxed);
  TRY(generate(random.check, random.octets.reveal()));
  random.used = 0;
  return {};
}

}  // namespace

bool RandomCheck::accept(Bytes output) {
  // Compared as numbers without branches; all but the verdict stays secret.
  for (std::size_t offset = 0; offset + kBlockBytes <= output.size(); offset += kBlockBytes) {
    Block block{};
    std::memcpy(block.data(), output.data() + offset, kBlockBytes);
    const std::uint64_t difference = (block[0] ^ last_[0]) | (block[1] ^ last_[1]);
    last_ = block;
    if (difference == 0) return false;
  }
  return true;
}

bool random_is_broken() { return broken.load(std::memory_order_relaxed); }

Status random_bytes(MutableBytes out) {
  if (broken.load(std::memory_order_relaxed)) return no_random();
  ThreadRandom& random = of_thread();
  if (out.size() > kSmallBytes) return generate(random.check, out);
  if (random.used + out.size() > kBufferBytes || random.seeding != seedings.load(std::memory_order_relaxed)) {
    TRY(refill(random));
  }
  const MutableBytes taken = random.octets.reveal().subspan(random.used, out.size());
  if (!out.empty()) std::memcpy(out.data(), taken.data(), out.size());
  wipe(taken);
  random.used += out.size();
  return {};
}

Result<std::uint64_t> random_number() {
  std::array<std::uint8_t, 7> octets{};
  TRY(random_bytes(octets));
  std::uint64_t number = 1;
  for (const std::uint8_t octet : octets) number = (number << 8U) | octet;
  return number;
}

void seed_random(Bytes octets) {
  stir_random(octets);
  seedings.fetch_add(1);
}

}  // namespace coffer::crypto
