// libFuzzer on one of the targets; FUZZ_TARGET names it.
#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  apicsim::fuzz::FUZZ_TARGET(data, size);
  return 0;
}
