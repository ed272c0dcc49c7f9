#include "registers.h"

// SDM Vol. 3 §11.4.1, Table 11-1: the registers of the page and what they keep.

void program() {
  apic::enter(apic::Mode::xapic);
  apic::enable();
  count_interrupts(0x20, 0xFE);
  start_processors();
  check_identity();
  check_bits();
  check_read_only();
  check_absent();
  check_access_width();
  check_reset();
  finish("lapic-registers");
}
