#include "remapping.h"

#include "runtime/apic.h"

// DMA remapping by root, context and second-level tables: VT-d 3.0 §3 and §9, with QEMU's edu
// function as the device.

void program() {
  if (!vtd::find_unit()) give_up("no remapping unit in the DMAR table (QEMU: -device intel-iommu)");
  Devices devices{vtd::DmaBench(0), vtd::DmaBench(1)};
  if (!devices.first.edu().exists()) give_up("no edu function (QEMU: -device edu)");
  count_interrupts(0x20, 0xFE);
  enable_interrupts();
  check_walks(devices);
  check_contexts(devices);
  check_rights(devices);
  check_requests(devices);
  check_protected_memory(devices);
  finish("vtd-dma");
}
