#include "pci.h"

// PCI configuration space, MSI and MSI-X: PCI Local Bus Specification 3.0.

namespace pci {

Function find(u32 identity) {
  for (Function f = 0; f < 256; ++f)
    if (read16(f, 0) == identity >> 16 && read16(f, 2) == (identity & 0xFFFF)) return f;
  return none;
}

u32 capability(Function f, u8 id) {
  if (!(read16(f, status) & 0x10)) return 0;
  u32 at = read8(f, 0x34) & 0xFC;
  for (unsigned n = 0; at != 0 && n < 48; ++n) {
    if (read8(f, at) == id) return at;
    at = read8(f, at + 1) & 0xFC;
  }
  return 0;
}

}  // namespace pci

u32 all(u8 vector) {
  u32 sum = 0;
  for (unsigned n = 0; n < cpu_count; ++n)
    sum += const_cast<volatile u32&>(cpus[n].interrupts[vector]);
  return sum;
}

u32 taken(u8 vector, u32 expected) {
  wait_until([=] { return all(vector) >= expected; }, 300'000'000);
  delay(50'000);
  return all(vector);
}

void program() {
  apic::enter(apic::Mode::xapic);
  apic::enable();
  count_interrupts(0x20, 0xFE);
  start_processors();
  enable_interrupts();
  check_configuration();
  const pci::Function edu = pci::find(0x1234'11E8);
  if (edu == pci::none) give_up("no edu function (QEMU: -device edu)");
  check_bars(edu);
  check_msi(edu);
  check_msix();
  finish("pci-msi");
}
