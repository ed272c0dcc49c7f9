#include "faults.h"
#include "runtime/apic.h"

// Non-recoverable faults of DMA requests: VT-d 3.0 §7.

using namespace vtd;

namespace {

void check_record(const Rule& rule, DmaBench& bench, u64 at, u8 reason, bool read) {
  const Record found = take_fault();
  if (!found.valid() || found.reason() != reason) {
    equal(rule, found.valid() ? found.reason() : 0, reason);
    return;
  }
  check(rule, found.source() == bench.source() && found.read() == read &&
                  found.page() == (at & ~u64{0xFFF}));
}

}  // namespace

void check_write(const Rule& rule, DmaBench& bench, u64 at, u8 reason) {
  bench.write(at);
  check_record(rule, bench, at, reason, false);
}

void check_read(const Rule& rule, DmaBench& bench, u64 at, u8 reason) {
  bench.read(at);
  check_record(rule, bench, at, reason, true);
}

void program() {
  if (!find_unit()) give_up("no remapping unit in the DMAR table (QEMU: -device intel-iommu)");
  Bench bench{DmaBench(0), DmaBench(1)};
  if (!bench.first.edu().exists()) give_up("no edu function (QEMU: -device edu)");
  count_interrupts(0x20, 0xFE);
  enable_interrupts();
  check_root_faults(bench);
  check_context_faults(bench);
  check_page_faults(bench);
  check_disabled(bench);
  check_records(bench);
  check_event(bench);
  finish("vtd-faults");
}
