#include "pci.h"

// §3.2.2.3: the two ports, widths, absent functions; PCIe 3.0 §7.2.2: the memory-mapped window.

using namespace pci;

namespace {

constexpr const char* mechanism = "PCI 3.0 §3.2.2.3.2";
constexpr Function host_bridge = 0;

void check_address_port() {
  out32(address_port, 0x80FFFFFC);
  equal({"PC-01", mechanism, "CONFIG_ADDRESS keeps bits 31 and 23:2"},
        in32(address_port) & 0x80FFFFFC, 0x80FFFFFC);
  out32(address_port, 0x7F000003);
  equal({"PC-02", mechanism, "bits 30:24 and 1:0 are read-only zeros"}, in32(address_port), 0);
  out32(address_port, 0x80000010);
  out16(address_port, 0x4444);
  out8(address_port + 3, 0x12);
  equal({"PC-03", mechanism, "it takes doublewords only"}, in32(address_port), 0x80000010);
  out32(address_port, 0);
  equal({"PC-04", mechanism, "without bit 31 the data port is not configuration space"},
        in32(data_port), 0xFFFFFFFF);
}

void check_widths() {
  bool right = true;
  for (u32 offset = 0; offset < 0x40; offset += 4) {
    const u32 value = read32(host_bridge, offset);
    for (u32 byte = 0; byte < 4; ++byte)
      right &= read8(host_bridge, offset + byte) == (value >> 8 * byte & 0xFF);
    right &= read16(host_bridge, offset) == (value & 0xFFFF);
    right &= read16(host_bridge, offset + 2) == value >> 16;
  }
  check({"PC-05", mechanism, "bytes and words are parts of their doubleword"}, right);
}

void check_absent() {
  Function absent = none;
  for (Function f = 0x10 << 3; f < 0x1F << 3; f += 8)
    if (read32(f, 0) == 0xFFFFFFFF) absent = f;
  const Rule rule = {"PC-06", "PCI 3.0 §6.1", "an absent function reads ones in all widths"};
  if (absent == none) return skip(rule, "every device number is taken");
  write32(absent, command, 0);
  check(rule, read32(absent, 0x10) == 0xFFFFFFFF && read16(absent, 2) == 0xFFFF &&
                  read8(absent, 0x0B) == 0xFF);
}

/// Firmware of this family of boards has the window there.
constexpr u64 window = 0xB0000000;
volatile u32& in_window(Function f, u32 offset) {
  return *reinterpret_cast<volatile u32*>(window + (f << 12) + offset);
}

/// The GiB that holds the window is not among the runtime's pages: uncached pages of 2 MiB.
void map_window() {
  alignas(4096) static u64 directory[512];
  constexpr u64 gib = 1ul << 30, large_uncached = 0x93;
  for (u64 n = 0; n < 512; ++n) directory[n] = window / gib * gib + (n << 21) + large_uncached;
  start_pdpt[window / gib] = reinterpret_cast<u64>(directory) + 3;
  write_cr3(read_cr3());
}

void check_window() {
  map_window();
  const Rule same = {"PC-07", "PCIe 3.0 §7.2.2",
                     "the window and the ports show the same registers"};
  const Rule writes = {"PC-08", "PCIe 3.0 §7.2.2", "and write the same"};
  if (in_window(host_bridge, 0) != read32(host_bridge, 0)) {
    skip(same, "no window at 0xB0000000");
    return skip(writes, "no window at 0xB0000000");
  }
  bool right = true;
  for (Function f = 0; f < 256; ++f)
    for (u32 offset = 0; offset < 0x40; offset += 4)
      right &= in_window(f, offset) == read32(f, offset);
  check(same, right);
  const Function edu = find(0x1234'11E8);
  const u8 line = read8(edu, interrupt_line);
  *reinterpret_cast<volatile u8*>(window + (edu << 12) + interrupt_line) = 0x5A;
  const bool seen = read8(edu, interrupt_line) == 0x5A;
  write8(edu, interrupt_line, line);
  check(writes, seen && (in_window(edu, interrupt_line) & 0xFF) == line);
}

}  // namespace

void check_configuration() {
  check_address_port();
  check_widths();
  check_absent();
  if (pci::find(0x1234'11E8) != pci::none) check_window();
}
