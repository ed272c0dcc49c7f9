#include "pic.h"

// From the pair to a processor: ExtINT by LINT0, by the INTR pin, and by the I/O APIC.

using namespace pic;

namespace {

constexpr u32 ext_int = 0x700;
constexpr const char* acceptance = "Vol. 3 §11.8.1";

bool anything_in(u32 first) {
  for (u32 word = 0; word < 8; ++word)
    if (apic::read(first + 16 * word) != 0) return true;
  return false;
}

void check_bypass() {
  begin(0);
  line(5, true);
  const bool came = comes(5);
  check({"PI-50", acceptance, "ExtINT bypasses IRR and ISR"},
        came && !anything_in(apic::reg::irr) && !anything_in(apic::reg::isr));
  end_all();
  line(5, false);
  apic::write(apic::reg::tpr, 0xF0);
  line(5, true);
  check({"PI-51", "Vol. 3 §11.8.3.1", "the task priority does not hold ExtINT back"},
        taken(5, 2) == 2);
  apic::write(apic::reg::tpr, 0);
  end_all();
  line(5, false);
}

void check_mask() {
  begin(0);
  apic::write(apic::reg::lvt_lint0, apic::lvt::masked | ext_int);
  line(5, true);
  check({"PI-52", "Vol. 3 §11.5.1", "a masked LINT0 takes nothing"}, stays_away(5));
  apic::write(apic::reg::lvt_lint0, ext_int);
  check({"PI-53", "Vol. 3 §11.5.1", "what the controller asks for comes when it is unmasked"},
        comes(5));
  end_all();
  line(5, false);
}

void check_software_disabled() {
  begin(0);
  apic::write(apic::reg::svr, 0xFF);
  line(5, true);
  check({"PI-54", "Vol. 3 §11.4.7.2", "a software-disabled APIC masks LINT0"}, stays_away(5));
  apic::enable();
  apic::write(apic::reg::lvt_lint0, ext_int);
  const bool came = comes(5);
  check({"PI-55", "Vol. 3 §11.4.7.2", "until software unmasks it"}, came);
  end_all();
  line(5, false);
}

void check_halt() {
  begin(0);
  line(5, true);
  disable_interrupts();
  asm volatile("sti; hlt; cli" : : : "memory");
  equal({"PI-56", "Vol. 2 HLT", "ExtINT ends HLT"}, this_cpu().interrupts[vector(5)], 1);
  end_all();
  line(5, false);
}

void check_disabled() {
  begin(0);
  apic::enter(apic::Mode::disabled);
  line(5, true);
  const bool came = comes(5);
  end_all();
  line(5, false);
  apic::enter(apic::Mode::xapic);
  apic::enable();
  apic::write(apic::reg::lvt_lint0, ext_int);
  check({"PI-57", "Vol. 3 §11.4.3", "with the APIC disabled LINT0 is the INTR pin"}, came);
}

volatile u32& io_apic(u32 offset) {
  return *reinterpret_cast<volatile u32*>(0xFEC00000ul + offset);
}
void write_entry_0(u32 value) {
  io_apic(0) = 0x11;
  io_apic(0x10) = this_cpu().apic_id << 24;
  io_apic(0) = 0x10;
  io_apic(0x10) = value;
}

void check_io_apic() {
  begin(0);
  apic::write(apic::reg::lvt_lint0, apic::lvt::masked | ext_int);
  write_entry_0(ext_int | 0x55);
  line(5, true);
  const bool came = comes(5);
  const bool other = this_cpu().interrupts[0x55] == 0;
  write_entry_0(apic::lvt::masked);
  end_all();
  line(5, false);
  apic::write(apic::reg::lvt_lint0, ext_int);
  check({"PI-58", "MP 1.4 §3.6.2.2", "virtual wire by pin 0 of the I/O APIC, in mode ExtINT"},
        came);
  check({"IO-39", "82093AA §3.2.4", "the vector is the controller's, not the entry's"},
        came && other);
}

/// 100 Hz for a while: each tick is an interrupt.
bool five_ticks() {
  begin(0xFFFE);
  constexpr u16 count = 11932;
  out8(0x43, 0x34);
  out8(0x40, count & 0xFF);
  out8(0x40, count >> 8);
  volatile u32& ticks = this_cpu().interrupts[vector(0)];
  enable_interrupts();
  const bool reached = wait_until([&] { return ticks >= 5; });
  disable_interrupts();
  out8(0x43, 0x30);
  begin(0xFFFF);
  return reached;
}

void check_ticks() {
  set_handler(vector(0), [](Frame& frame) {
    ++this_cpu().interrupts[frame.vector];
    command(master, non_specific_eoi);
  });
  check({"PI-59", "8259A \"Interrupt Sequence\"", "the interval timer ticks by input 0"},
        five_ticks());
  apic::enter(apic::Mode::disabled);
  const bool ticks = five_ticks();
  apic::enter(apic::Mode::xapic);
  apic::enable();
  check({"PI-60", "Vol. 3 §11.4.3", "and by the INTR pin while the APIC is disabled"}, ticks);
}

}  // namespace

void check_ext_int() {
  check_bypass();
  check_mask();
  check_software_disabled();
  check_halt();
  check_disabled();
  check_io_apic();
  check_ticks();
}
