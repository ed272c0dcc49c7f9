#include "sim/run/kernel_taint.h"

namespace apicsim {

std::optional<std::uint64_t> kernel_taint(const ElfImage& image, const PhysicalMemory& memory) {
  const ElfSymbol* symbol = image.symbols().find("tainted");
  if (symbol == nullptr || symbol->function || symbol->size != sizeof(std::uint64_t))
    return std::nullopt;
  const auto physical = image.physical_of(symbol->address);
  std::uint64_t value = 0;
  if (!physical || !memory.read(*physical, &value, sizeof value)) return std::nullopt;
  return value;
}

}  // namespace apicsim
