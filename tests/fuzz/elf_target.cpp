#include "sim/inspect/elf_image.h"
#include "tests/fuzz/targets.h"

namespace apicsim::fuzz {

bool read_elf(const std::uint8_t* data, std::size_t size) {
  try {
    const auto image = ElfImage::parse(std::vector<std::uint8_t>(data, data + size), "fuzz.elf");
    volatile std::uint8_t sum = 0;  // so that every byte is read
    for (const ElfSegment& segment : image.segments())
      for (std::uint64_t i = 0; i < segment.file_size; ++i)
        sum = static_cast<std::uint8_t>(sum + image.data(segment)[i]);
    for (const SdtProbe& probe : image.probes()) image.physical_of(probe.address);
    image.symbols().find("panic");
    return true;
  } catch (const ElfError&) {
    return false;
  }
}

}  // namespace apicsim::fuzz
