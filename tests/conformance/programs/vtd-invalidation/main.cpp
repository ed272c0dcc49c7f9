#include "invalidation.h"
#include "runtime/apic.h"

// Invalidation by registers and by the queue: VT-d 3.0 §6.

void program() {
  if (!vtd::find_unit()) give_up("no remapping unit in the DMAR table (QEMU: -device intel-iommu)");
  Bench bench{vtd::DmaBench(0), vtd::DmaBench(1)};
  if (!bench.first.edu().exists()) give_up("no edu function (QEMU: -device edu)");
  count_interrupts(0x20, 0xFE);
  enable_interrupts();
  check_stale_entries(bench);
  if (!vtd::extended(1)) finish("vtd-invalidation");
  check_queue(bench);
  check_wait();
  check_queue_errors();
  finish("vtd-invalidation");
}
