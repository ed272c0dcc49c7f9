#include "io_apic.h"

// §3.2.4, bits 10:8: NMI, and what the trigger bit means for it; §11.8.4: the trigger mode
// register.

using namespace io_apic;

namespace {

constexpr u8 vector = 0x79;
u64 me() { return rte::to(this_cpu().apic_id); }

volatile u32 nmis;
void nmi_handler(Frame&) { ++nmis; }

void check_nmi() {
  set_handler(2, nmi_handler);
  nmis = 0;
  program(pin_a, me() | rte::nmi | 0x55);
  pulse(pin_a);
  comes([] { return nmis >= 1; });
  equal({"IA-60", "82093AA §3.2.4", "delivery mode NMI is vector 2 whatever the entry says"}, nmis,
        1);
  program(pin_a, me() | rte::nmi | rte::level);
  line(pin_a, true);
  comes([] { return nmis >= 2; });
  equal({"IA-61", "82093AA §3.2.4", "NMI is edge triggered even where bit 15 is set"}, nmis, 2);
  check({"IA-62", "82093AA §3.2.4", "NMI sets no remote IRR"}, !remote_irr(pin_a));
  line(pin_a, false);
  quiet();
}

u32 interrupts;

bool tmr_after(u64 trigger) {
  program(pin_a, me() | trigger | vector);
  line(pin_a, true);
  arrives(vector);
  const bool bit = apic::vector_bit(apic::reg::tmr, vector);
  line(pin_a, false);
  taken_enabled(vector, ++interrupts);
  return bit;
}

void check_tmr() {
  const bool edge = tmr_after(0), level = tmr_after(rte::level), again = tmr_after(rte::level),
             back = tmr_after(0);
  check({"IO-20", "Vol. 3 §11.8.4", "TMR follows the trigger mode of each interrupt accepted"},
        !edge && level && again && !back);
  quiet();
}

void check_illegal_vector() {
  apic::write(apic::reg::esr, 0);
  count_interrupts(0x0F, 0x0F);  // where it is taken all the same
  program(pin_a, me() | 0x0F);
  pulse(pin_a);
  settle();
  apic::write(apic::reg::esr, 0);
  check({"IA-63", "Vol. 3 §11.5.3", "a vector below 16 is a receive illegal vector error"},
        apic::read(apic::reg::esr) >> 6 & 1);
  apic::write(apic::reg::esr, 0);
  quiet();
}

}  // namespace

void check_modes() {
  check_nmi();
  check_tmr();
  check_illegal_vector();
}
