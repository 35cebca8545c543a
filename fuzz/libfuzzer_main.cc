// LLVMFuzzerTestOneInput: hands libFuzzer's inputs to the target.
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t bytes);

int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t bytes) {
  const coffer::Status accepted = coffer::fuzz({octets, bytes});
  static_cast<void>(accepted.ok());  // A refused input is as interesting as an accepted one.
  return 0;
}
