#include "sim/platform/cmos_contents.h"

#include <algorithm>

namespace apicsim {

namespace {

// IBM PC AT Technical Reference, "CMOS RAM"; from 0x34 on as Bochs and QEMU firmware uses it
// (SeaBIOS src/hw/rtc.h).
constexpr unsigned kEquipment = 0x14;
constexpr unsigned kBaseMemory = 0x15;          // KiB
constexpr unsigned kExtendedMemory = 0x17;      // KiB above 1 MiB
constexpr unsigned kExtendedMemoryCopy = 0x30;  // the same, as found by the self test
constexpr unsigned kMemoryAbove16Mib = 0x34;    // 64 KiB blocks
constexpr unsigned kMemoryAbove4Gib = 0x5B;     // 64 KiB blocks, 24 bits
constexpr unsigned kCpus = 0x5F;                // number of processors - 1

constexpr std::uint8_t kHasCoprocessor = 0x02;
constexpr std::uint64_t kKib = 1024;
constexpr std::uint64_t kMib = 1024 * kKib;
constexpr std::uint64_t kGib = 1024 * kMib;
constexpr std::uint64_t kBlock = 64 * kKib;

/// End of the memory that lies in one piece from `base` on; `base` where there is none.
std::uint64_t end_of_ram(const Machine& machine, std::uint64_t base) {
  std::uint64_t end = base;
  for (const MachineRam& ram : machine.ram)
    if (ram.base <= end && end < ram.base + ram.size) end = ram.base + ram.size;
  return end;
}

void preset(CmosRtc& cmos, unsigned index, unsigned bytes, std::uint64_t value) {
  const std::uint64_t limit = (std::uint64_t{1} << (8 * bytes)) - 1;
  const std::uint64_t kept = std::min(value, limit);
  for (unsigned i = 0; i < bytes; ++i)
    cmos.preset(index + i, static_cast<std::uint8_t>(kept >> (8 * i)));
}

}  // namespace

void write_cmos(const Machine& machine, CmosRtc& cmos) {
  const std::uint64_t end = end_of_ram(machine, kMib);
  preset(cmos, kEquipment, 1, kHasCoprocessor);
  preset(cmos, kBaseMemory, 2, std::min(end_of_ram(machine, 0), 640 * kKib) / kKib);
  preset(cmos, kExtendedMemory, 2, (end - kMib) / kKib);
  preset(cmos, kExtendedMemoryCopy, 2, (end - kMib) / kKib);
  preset(cmos, kMemoryAbove16Mib, 2, end > 16 * kMib ? (end - 16 * kMib) / kBlock : 0);
  preset(cmos, kMemoryAbove4Gib, 3, (end_of_ram(machine, 4 * kGib) - 4 * kGib) / kBlock);
  preset(cmos, kCpus, 1, machine.cpus.size() - 1);
}

}  // namespace apicsim
