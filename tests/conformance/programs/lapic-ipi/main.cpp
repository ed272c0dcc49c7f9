#include "ipi.h"

// SDM Vol. 3 §11.6 and §8.4.

void program() {
  apic::enter(apic::Mode::xapic);
  apic::enable();
  count_interrupts(0x20, 0xFE);
  start_processors();
  if (cpu_count < 4) give_up("needs four processors");
  ipi::check_physical();
  ipi::check_shorthands();
  ipi::check_flat();
  ipi::check_clusters();
  ipi::check_aliases();
  ipi::check_lowest_priority();
  ipi::check_vectors();
  ipi::check_not_accepted();
  ipi::check_nmi();
  ipi::check_init();
  ipi::check_start_up();
  finish("lapic-ipi");
}
