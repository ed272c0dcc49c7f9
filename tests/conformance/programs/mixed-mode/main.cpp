#include "runtime/targets.h"

// SDM Vol. 3 §11.12.1 asks for one mode everywhere; this is what the registers and the message
// formats lead to where software does not. Processors 0 and 1 are in xAPIC mode, 2 and 3 in x2APIC
// mode.

namespace {

using namespace apic;

constexpr u8 vector = 0x61;
constexpr const char* section = "Vol. 3 §11.12.2";
constexpr const char* format_section = "Vol. 3 §11.6.1, §11.12.9";

void check_registers() {
  u32 version[4] = {};
  bool msr[4] = {};
  for (unsigned n = 0; n < 4; ++n)
    run_on(n, [&] {
      version[n] = *reinterpret_cast<volatile u32*>(default_page + reg::version);
      msr[n] = !try_read_msr(msr_of(reg::version)).refused;
    });
  check({"MM-01", section, "the page answers on processors in xAPIC mode only"},
        version[0] == version[1] && version[2] != version[0] && version[3] != version[0]);
  check({"MM-02", section, "MSRs 800H-8FFH answer on those in x2APIC mode only"},
        !msr[0] && !msr[1] && msr[2] && msr[3]);
  bool refused = false;
  run_on(1, [&] { refused = !try_write_msr(msr_of(reg::icr), 0x40); });
  check({"MM-03", section, "a kernel that believes in x2APIC gets #GP(0) from ICR"}, refused);
  clear_all_interrupts();
  run_on(2, [] {
    volatile u32* const page = reinterpret_cast<volatile u32*>(default_page);
    page[reg::icr_high / 4] = cpus[0].apic_id << 24;
    page[reg::icr / 4] = vector;
    delay(100'000);
  });
  bool once = true;
  equal({"MM-04", section, "one that believes in xAPIC sends nothing by stores"},
        receivers(vector, 0, once), 0);
}

void check_physical() {
  reaches({"MM-10", format_section, "from xAPIC mode an 8-bit id reaches one in x2APIC mode"},
          vector, only(2), [] { send_ipi(vector, cpus[2].apic_id); });
  clear_all_interrupts();
  run_on(3, [] { send_ipi(vector, cpus[1].apic_id); });
  bool once = true;
  equal({"MM-11", format_section, "from x2APIC mode a 32-bit id reaches one in xAPIC mode"},
        receivers(vector, only(1), once), only(1));
}

void check_broadcasts() {
  reaches({"MM-12", format_section, "shorthand all reaches both kinds from xAPIC mode"}, vector,
          everyone(), [] { send_ipi(icr::to_all | vector); });
  clear_all_interrupts();
  run_on(2, [] { send_ipi(icr::to_all | vector); });
  bool once = true;
  equal({"MM-13", format_section, "and from x2APIC mode"}, receivers(vector, everyone(), once),
        everyone());
  clear_all_interrupts();
  run_on(2, [] { send_ipi(vector, 0xFFFFFFFF); });
  equal({"MM-14", format_section, "physical FFFFFFFFH from x2APIC mode reaches both kinds"},
        receivers(vector, everyone(), once), everyone());
  reaches({"MM-15", format_section, "physical FFH from xAPIC mode reaches both kinds"}, vector,
          everyone(), [] { send_ipi(vector, 0xFF); });
}

/// The logical ids of the two formats have nothing in common.
void check_logical() {
  for (unsigned n = 0; n < 2; ++n)
    run_on(n, [&] {
      write(reg::dfr, 0xFFFFFFFF);
      write(reg::ldr, 1u << (24 + n));
    });
  reaches({"MM-20", format_section, "flat logical destinations reach those in xAPIC mode"}, vector,
          0b0011, [] { send_ipi(icr::logical | vector, 3); });
  clear_all_interrupts();
  const u32 id = cpus[3].apic_id;
  run_on(2, [&] { send_ipi(icr::logical | vector, (id & ~0xFu) << 12 | 1u << (id & 0xF)); });
  bool once = true;
  equal({"MM-21", format_section, "x2APIC logical ids reach those in x2APIC mode"},
        receivers(vector, only(3), once) & ~CpuSet{3}, only(3));
}

void check_return() {
  run_on_all([] {
    enter(Mode::xapic);
    enable();
  });
  reaches({"MM-30", "Vol. 3 §11.12.5", "back in xAPIC mode by way of disabled all are reached"},
          vector, everyone(), [] { send_ipi(vector, 0xFF); });
}

}  // namespace

void program() {
  count_interrupts(0x20, 0xFE);
  start_processors();
  if (cpu_count < 4) give_up("needs four processors");
  if (!has_x2apic()) {
    skip({"MM-00", section, "the rules on two modes"}, "no x2APIC");
    finish("mixed-mode");
  }
  for (unsigned n = 2; n < 4; ++n)
    run_on(n, [] {
      enter(Mode::x2apic);
      enable();
    });
  check_registers();
  check_physical();
  check_broadcasts();
  check_logical();
  check_return();
  finish("mixed-mode");
}
