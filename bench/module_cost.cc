// What a PKCS#11 module adds to the memory of an application, and when its first signature is there.
//
// usage: module_cost [--module PATH] [--pin PIN] [--signatures N]
// Makes a P-256 key the first time. Prints one line of JSON; first_signature_nanoseconds is the monotonic
// clock's.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "bench/options.h"
#include "tests/module.h"

namespace {

using namespace coffer;

// Memory is what the kernel counts for this process, in KiB.
struct Memory {
  long rss = 0;
  long pss = 0;
};

Memory memory_now() {
  std::ifstream file("/proc/self/smaps_rollup");
  Memory memory;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("Rss:")) memory.rss = std::atol(line.c_str() + sizeof "Rss:");
    if (line.starts_with("Pss:")) memory.pss = std::atol(line.c_str() + sizeof "Pss:");
  }
  return memory;
}

}  // namespace

int main(int count, char** values) {
  const bench::Options options(count, values,
                               {{"module", bench::beside_program("../lib/libcoffer-pkcs11.so")},
                                {"pin", "1234"},
                                {"signatures", "100"}});
  const unsigned signatures = options.number("signatures");
  const std::string label = "bench-p256";
  memory_now();  // what reading it takes is there before, too
  const Memory before = memory_now();

  const story::Module module(options.text("module"));
  const CK_SESSION_HANDLE session = module.session();
  module.login(session, options.text("pin"));
  auto keys = module.find(session, CKO_PRIVATE_KEY, label);
  if (keys.empty()) {
    CK_OBJECT_HANDLE public_key = 0;
    story::must("C_GenerateKeyPair", module.generate(session, label, public_key, keys.emplace_back()));
  }
  std::vector<CK_BYTE> signature;
  story::must("C_Sign", module.sign(session, keys[0], signature));
  const auto first = std::chrono::steady_clock::now().time_since_epoch();
  for (unsigned i = 1; i < signatures; ++i) story::must("C_Sign", module.sign(session, keys[0], signature));

  const Memory after = memory_now();
  std::printf(
      "{\"rss_before_kib\":%ld,\"rss_after_kib\":%ld,\"pss_before_kib\":%ld,\"pss_after_kib\":%ld,"
      "\"first_signature_nanoseconds\":%lld}\n",
      before.rss, after.rss, before.pss, after.pss,
      static_cast<long long>(std::chrono::nanoseconds(first).count()));
  return 0;
}
