#include "sim/run/stop_places.h"

#include <fmt/format.h>

namespace apicsim {

std::string stop_places(CpuComplex& cpus, const ElfImage& image) {
  constexpr int most = 4;
  std::string text;
  int named = 0;
  for (std::uint32_t number = 0; number < cpus.count(); ++number) {
    const Cpu& cpu = cpus.cpu(number);
    if (cpu.activity != Activity::running || cpu.asleep) continue;
    if (++named > most) return text + ", ...";
    text += fmt::format("{}CPU {} is in {}", text.empty() ? "" : ", ", number,
                        image.symbols().describe(cpu.rip));
  }
  return text;
}

}  // namespace apicsim
