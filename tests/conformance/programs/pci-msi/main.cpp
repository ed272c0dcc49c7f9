#include "pci.h"

// PCI configuration space, MSI and MSI-X: PCI Local Bus Specification 3.0.

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
