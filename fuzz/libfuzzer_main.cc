// LLVMFuzzerTestOneInput: hands libFuzzer's inputs to the target that COFFER_FUZZ_TARGET names.
#include <cstdio>
#include <cstdlib>

#include "targets.h"

namespace {

const coffer::fuzzing::Target& chosen() {
  const char* const name = std::getenv("COFFER_FUZZ_TARGET");
  const auto* const target = name == nullptr ? nullptr : coffer::fuzzing::find_target(name);
  if (target == nullptr) {
    std::fputs("COFFER_FUZZ_TARGET must name a target of fuzz/targets.h\n", stderr);
    std::exit(2);
  }
  return *target;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t bytes);

int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t bytes) {
  static const coffer::fuzzing::Target& target = chosen();
  const coffer::Status accepted = target.run({octets, bytes});
  static_cast<void>(accepted.ok());  // A refused input is as interesting as an accepted one.
  return 0;
}
