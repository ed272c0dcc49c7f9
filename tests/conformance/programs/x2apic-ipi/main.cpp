#include "ids.h"

// SDM Vol. 3 §11.12.9 to §11.12.11.

namespace {

using namespace apic;
using namespace ids;

constexpr u8 nmi_vector = 2;
constexpr u32 broadcast = 0xFFFFFFFF;
constexpr const char* section = "Vol. 3 §11.12.9";
constexpr const char* logical_section = "Vol. 3 §11.12.10";

void enter_everywhere() {
  run_on_all([] {
    enter(Mode::x2apic);
    enable();
  });
}

void check_physical() {
  unsigned wrong = 0;
  for (unsigned n = 0; n < cpu_count; ++n) {
    clear_all_interrupts();
    send_ipi(vector, cpus[n].apic_id);
    bool once = true;
    wrong += receivers(vector, only(n), once) != only(n) || !once;
  }
  equal({"XI-01", section, "a physical destination is the processor with that id"}, wrong, 0);
  reaches({"XI-02", section, "FFFFFFFFH is everyone"}, vector, everyone(),
          [] { send_ipi(vector, broadcast); });
  reaches({"XI-03", section, "FFH is one id as any other"}, vector, 0,
          [] { send_ipi(vector, 0xFF); });
  reaches({"XI-04", section, "all 32 bits of an id count"}, vector, 0,
          [] { send_ipi(vector, 0x01000000 | cpus[1].apic_id); });
  reaches({"XI-05", section, "so do bits 15:8"}, vector, 0,
          [] { send_ipi(vector, 0x100 | cpus[1].apic_id); });
}

void check_shorthands() {
  reaches({"XI-06", section, "shorthand self"}, vector, only(0),
          [] { send_ipi(icr::to_self | vector, cpus[1].apic_id); });
  reaches({"X2-44", section, "shorthand all including self"}, vector, everyone(),
          [] { send_ipi(icr::to_all | vector); });
  reaches({"XI-07", section, "shorthand all excluding self"}, vector, everyone() & ~only(0),
          [] { send_ipi(icr::to_others | vector); });
  equal({"X2-21", section, "ICR has no delivery status"}, read(reg::icr) & icr::pending, 0);
}

/// Ids 0 to 3 share a cluster.
void check_logical() {
  unsigned wrong = 0;
  for (unsigned n = 0; n < cpu_count; ++n) {
    clear_all_interrupts();
    send_ipi(icr::logical | vector, logical_id(n));
    bool once = true;
    wrong += receivers(vector, only(n), once) != only(n) || !once;
  }
  equal({"XI-10", logical_section, "each logical id reaches its processor"}, wrong, 0);
  reaches({"XI-11", logical_section, "several bits of one cluster reach each of them"}, vector,
          0b1110,
          [] { send_ipi(icr::logical | vector, logical_id(1) | logical_id(2) | logical_id(3)); });
  reaches({"XI-12", logical_section, "all bits of a cluster reach all of it"}, vector,
          of_cluster(0), [] { send_ipi(icr::logical | vector, cluster(0) | 0xFFFF); });
  reaches({"XI-13", logical_section, "another cluster is not meant"}, vector, 0,
          [] { send_ipi(icr::logical | vector, 0x12340000 | 0xFFFF); });
  reaches({"XI-14", logical_section, "no bit reaches nobody"}, vector, 0,
          [] { send_ipi(icr::logical | vector, cluster(0)); });
  reaches({"XI-15", logical_section, "FFFFFFFFH is everyone"}, vector, everyone(),
          [] { send_ipi(icr::logical | vector, broadcast); });
}

void check_lowest_priority() {
  const u32 three = logical_id(1) | logical_id(2) | logical_id(3);
  clear_all_interrupts();
  send_ipi(icr::logical | icr::lowest_priority | vector, three);
  wait_until([] {
    return cpus[1].interrupts[vector] + cpus[2].interrupts[vector] + cpus[3].interrupts[vector];
  });
  bool once = true;
  const CpuSet got = receivers(vector, 0, once);
  check({"XI-20", "Vol. 3 §11.6.2.4", "lowest priority: one of those that are meant"},
        once && (got == 2 || got == 4 || got == 8));
  for (unsigned n = 1; n < 4; ++n) run_on(n, [&] { write(reg::tpr, n == 2 ? 0x20 : 0x40); });
  reaches({"XI-21", "Vol. 3 §11.6.2.4", "lowest priority: the one with the lowest TPR"}, vector,
          only(2), [&] { send_ipi(icr::logical | icr::lowest_priority | vector, three); });
  for (unsigned n = 1; n < 4; ++n) run_on(n, [] { write(reg::tpr, 0); });
}

void check_self_ipi() {
  constexpr const char* self_section = "Vol. 3 §11.12.11";
  const u64 before = read_msr(msr_of(reg::icr));
  clear_all_interrupts();
  write_msr(msr_of(reg::self_ipi), vector);
  check({"XI-30", self_section, "SELF IPI is in IRR when the WRMSR is done"},
        vector_bit(reg::irr, vector));
  equal({"XI-31", self_section, "edge-triggered"}, vector_bit(reg::tmr, vector), 0);
  interrupt_window();
  equal({"X2-16", self_section, "and taken once, by the processor itself"},
        cpus[0].interrupts[vector], 1);
  one_of({"XI-32", self_section, "ICR stays, or reads as the equivalent command"},
         read_msr(msr_of(reg::icr)) == before, {{1, "stays"}, {0, "changes"}});
  unsigned wrong = 0;
  for (u32 v = 0x20; v < 0xFF; ++v) {
    cpus[0].interrupts[v] = 0;
    write_msr(msr_of(reg::self_ipi), v);
    interrupt_window();
    wrong += cpus[0].interrupts[v] != 1;
  }
  equal({"XI-33", self_section, "with every vector from 20H to FEH"}, wrong, 0);
}

/// X2-40: TPR holds a self IPI back.
void check_task_priority() {
  clear_all_interrupts();
  write_cr8(2);
  write_msr(msr_of(reg::self_ipi), 0x25);
  interrupt_window();
  const u32 held = cpus[0].interrupts[0x25];
  write(reg::tpr, 0x10);
  interrupt_window();
  check({"X2-40", "Vol. 3 §11.8.3.1", "a vector of class 2 waits at CR8 = 2 and comes at TPR 10H"},
        held == 0 && cpus[0].interrupts[0x25] == 1);
  write(reg::tpr, 0);
}

void check_nmi() {
  count_interrupts(nmi_vector, nmi_vector, false);
  reaches({"XI-40", section, "NMI to one"}, nmi_vector, only(2),
          [] { send_ipi(icr::nmi | icr::assert_level, cpus[2].apic_id); });
  reaches({"XI-41", section, "NMI to all others"}, nmi_vector, everyone() & ~only(0),
          [] { send_ipi(icr::nmi | icr::assert_level | icr::to_others); });
  reaches({"XI-42", section, "NMI to a logical destination"}, nmi_vector, only(1) | only(3), [] {
    send_ipi(icr::nmi | icr::assert_level | icr::logical, logical_id(1) | logical_id(3));
  });
}

void check_start_up() {
  for (unsigned n = 1; n < cpu_count; ++n) restart_processor(n);
  unsigned in_mode = 0;
  for (unsigned n = 1; n < cpu_count; ++n) run_on(n, [&] { in_mode += mode() == Mode::x2apic; });
  equal({"XI-50", "Vol. 3 §11.12.5.1", "INIT and start-up work, and keep the mode"}, in_mode,
        cpu_count - 1);
  reaches({"XI-51", section, "and messages arrive after that"}, vector, everyone() & ~only(0),
          [] { send_ipi(icr::to_others | vector); });
}

}  // namespace

void program() {
  count_interrupts(0x20, 0xFE);
  start_processors();
  if (cpu_count < 4) give_up("needs four processors");
  if (!has_x2apic()) {
    skip({"XI-00", section, "the rules on x2APIC mode"}, "no x2APIC");
    finish("x2apic-ipi");
  }
  enter_everywhere();
  check_physical();
  check_shorthands();
  check_logical();
  check_lowest_priority();
  check_self_ipi();
  check_task_priority();
  check_nmi();
  check_clusters();
  check_high_ids();
  check_start_up();
  finish("x2apic-ipi");
}
