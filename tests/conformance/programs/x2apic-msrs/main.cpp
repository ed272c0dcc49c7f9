#include "msrs.h"

// SDM Vol. 3 §11.12.1: the 256 MSRs from 800H on.

void program() {
  count_interrupts(0x20, 0xFE);
  start_processors();
  check_other_modes();
  if (apic::has_x2apic()) {
    check_page();
    check_access();
    check_bits();
    check_ids();
    check_init();
  } else {
    skip({"X2-00", "Vol. 3 §11.12.1", "the rules on x2APIC mode"}, "no x2APIC");
  }
  finish("x2apic-msrs");
}
