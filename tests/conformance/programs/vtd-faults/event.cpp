#include "faults.h"
#include "runtime/apic.h"

// §7.4: the fault event.

using namespace vtd;

namespace {

constexpr u8 vector = 0x71;
constexpr u64 page = 0x6000;

u32 taken() { return const_cast<volatile u32&>(cpus[0].interrupts[vector]); }
bool arrives(u32 count) {
  soon([=] { return taken() >= count; });
  delay(50'000);
  return taken() == count;
}
bool stays_away() {
  delay(200'000);
  return taken() == 0;
}
u32 control() { return read32(reg::fault_control); }

void check_open(DmaBench& bench) {
  write32(reg::fault_control, 0);
  bench.write(page);
  check({"VF-180", "VT-d §7.4", "a fault sends the event"}, arrives(1));
  bench.write(page + 0x1000);
  check({"VF-181", "VT-d §7.4", "a second one does not while the first is pending"}, arrives(1));
  clear_faults();
  bench.write(page + 0x2000);
  check({"VF-182", "VT-d §7.4", "after all is cleared the next one sends it again"}, arrives(2));
  check({"VF-183", "VT-d §10.4.10", "an event that was sent is not pending"}, !(control() & held));
  clear_faults();
}

void check_masked(DmaBench& bench) {
  clear_all_interrupts();
  write32(reg::fault_control, masked);
  bench.write(page);
  check({"VF-184", "VT-d §10.4.10", "masked, the event is held"},
        stays_away() && (control() & held));
  write32(reg::fault_control, 0);
  check({"VF-185", "VT-d §10.4.10", "and sent when the mask is taken away"},
        arrives(1) && !(control() & held));
  clear_faults();
  clear_all_interrupts();
  write32(reg::fault_control, masked);
  bench.write(page);
  const bool was_held = control() & held;
  clear_faults();
  check({"VF-186", "VT-d §10.4.10", "an event that is held goes with its reasons"},
        was_held && !(control() & held));
  write32(reg::fault_control, 0);
  check({"VF-187", "VT-d §10.4.10", "and does not come any more"}, stays_away());
}

}  // namespace

void check_event(Bench& bench) {
  clear_all_interrupts();
  begin_translation();
  write32(reg::fault_data, vector);
  write32(reg::fault_address, 0xFEE00000 | cpus[0].apic_id << 12);
  write32(reg::fault_upper, 0);
  check_open(bench.first);
  check_masked(bench.first);
  write32(reg::fault_control, masked);
  end_translation();
}
