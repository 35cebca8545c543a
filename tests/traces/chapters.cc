// The list of chapters.
#include "tests/traces/chapters.h"

#include "crypto/multi_buffer.h"
#include "crypto/seeded_random_testing.h"
#include "crypto/self_test.h"

namespace coffer::traces {
namespace {

// Self-tests draw random octets when something is first used, and what they draw differs by machine: they are
// made before anything is recorded.
void test_everything() {
  crypto::seed_randomness("self-tests");
  for (std::size_t i = 0; i < crypto::kComponentCount; ++i) {
    static_cast<void>(crypto::self_test(static_cast<crypto::Component>(i)).ok());
  }
  crypto::prepare_batches();
}

}  // namespace

std::vector<Chapter> all_chapters() {
  test_everything();
  std::vector<Chapter> chapters;
  for (const auto chapter :
       {authority_chapter, backup_chapter, channel_chapter, hello_chapter, life_chapter, net_chapter,
        object_chapter, once_chapter, operation_chapter, operator_chapter, policy_chapter, reach_chapter,
        socket_chapter, tamper_chapter, tenant_chapter, token_chapter, use_chapter, wrap_chapter}) {
    chapters.push_back(chapter());
  }
  return chapters;
}

}  // namespace coffer::traces
