#include "remapped.h"
#include "runtime/apic.h"

// Interrupt remapping: VT-d 3.0 §5 and §9.10, with messages of QEMU's edu function.

using namespace vtd;

namespace {

constexpr u32 not_blocked = 0xFFFF;

}  // namespace

u32 all(u8 vector) {
  u32 sum = 0;
  for (unsigned n = 0; n < cpu_count; ++n)
    sum += const_cast<volatile u32&>(cpus[n].interrupts[vector]);
  return sum;
}

u32 send(Bench& bench, u64 address, u32 data, u8 expected_vector, u32 expected) {
  clear_all_interrupts();
  bench.edu.set_message(address, data);
  bench.edu.raise();
  soon([=] { return all(expected_vector) >= expected; });
  delay(50'000);
  return all(expected_vector);
}

void check_blocked(const Rule& rule, Bench& bench, u64 address, u32 data, u8 reason, u16 index) {
  clear_faults();
  const u32 came = send(bench, address, data, vector, 0);
  const Record record = take_fault();
  const u32 got = came != 0 ? not_blocked : record.valid() ? record.reason() : 0;
  const bool right = record.source() == bench.source() && record.index() == index &&
                     (record.low & 0xFFFFFFFFFFFF) == 0;
  got == reason ? check(rule, right) : equal(rule, got, reason);
}

void program() {
  if (!find_unit()) give_up("no remapping unit in the DMAR table (QEMU: -device intel-iommu)");
  if (!vtd::extended(3)) give_up("the unit does not remap interrupts (QEMU: intremap=on)");
  apic::enter(apic::Mode::xapic);
  apic::enable();
  Bench bench;
  if (!bench.edu.exists()) give_up("no edu function (QEMU: -device edu)");
  count_interrupts(0x20, 0xFE);
  start_processors();
  enable_interrupts();
  bench.edu.enable_message(true);
  start_queue();
  check_formats(bench);
  check_delivery(bench);
  check_entries(bench);
  check_sources(bench);
  check_cache(bench);
  check_io_apic(bench);
  check_extended(bench);
  finish("vtd-interrupts");
}
