#include "pci.h"

// §6.2: command register and base addresses, with QEMU's edu function (docs/specs/edu.rst).

using namespace pci;

namespace {

constexpr u32 identification = 0x010000ED;

void check_identity(Function f) {
  const u32 identity = read32(f, 0);
  write32(f, 0, 0);
  equal({"PC-10", "PCI 3.0 §6.2.1", "vendor and device id are read-only"}, read32(f, 0), identity);
  equal({"PC-11", "PCI 3.0 §6.2.1", "the header type is 0, one function"}, read8(f, header), 0);
}

void check_bar(Function f) {
  const u32 bar = read32(f, bar0);
  write32(f, bar0, 0xFFFFFFFF);
  const u32 sized = read32(f, bar0);
  write32(f, bar0, bar);
  equal({"PC-12", "PCI 3.0 §6.2.5.1", "all ones written to a base address give its size"}, sized,
        0xFFF00000);
  const u16 before = read16(f, command);
  write16(f, command, memory_space | bus_master);
  const bool there = memory(f, 0, 0) == identification;
  const u64 address = bar & ~0xFul;
  write16(f, command, bus_master);
  const u32 gone = *reinterpret_cast<volatile u32*>(address);
  check({"PC-13", "PCI 3.0 §6.2.2", "memory space enables the decoding of base addresses"},
        there && gone == 0xFFFFFFFF);
  write16(f, command, memory_space);
  write32(f, bar0, bar - 0x100000);
  const bool moved = *reinterpret_cast<volatile u32*>(address - 0x100000) == identification;
  write32(f, bar0, bar);
  check({"PC-14", "PCI 3.0 §6.2.5.1", "a base address can be moved"},
        moved && memory(f, 0, 0) == identification);
  write16(f, command, before);
}

void check_pin(Function f) {
  write16(f, command, memory_space | bus_master | interrupt_disable);
  memory(f, 0, 0x60) = 1;
  check({"PC-15", "PCI 3.0 §6.2.3", "interrupt status is set also where the pin is disabled"},
        read16(f, status) & 0x08);
  memory(f, 0, 0x64) = 1;
  check({"PC-16", "PCI 3.0 §6.2.3", "and clear when the device has no interrupt"},
        (read16(f, status) & 0x08) == 0);
}

}  // namespace

void check_bars(Function edu) {
  check_identity(edu);
  check_bar(edu);
  check_pin(edu);
}
