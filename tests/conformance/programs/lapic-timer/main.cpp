#include "timer.h"

namespace timer {

void stop() {
  disable_interrupts();
  apic::write(apic::reg::lvt_timer, apic::lvt::masked);
  apic::write(apic::reg::initial_count, 0);
  apic::drain();
  interrupt_window();
  apic::drain();
  clear_interrupts();
}

void set(u32 entry, u32 divide, u32 initial) {
  apic::write(apic::reg::lvt_timer, entry);
  apic::write(apic::reg::divide, divide);
  apic::write(apic::reg::initial_count, initial);
}

u32 count() { return apic::read(apic::reg::current_count); }
bool pending() { return apic::vector_bit(apic::reg::irr, vector); }
u32 taken() { return this_cpu().interrupts[vector]; }

bool expires() {
  if (!wait_until(pending)) return false;
  const u32 before = taken();
  interrupt_window();
  return taken() == before + 1;
}

}  // namespace timer

void program() {
  count_interrupts(0x20, 0xFE);
  in_both_modes([] {
    timer::check_counting();
    timer::check_periodic();
    timer::check_changes();
    timer::check_deadline();
    timer::stop();
  });
  finish("lapic-timer");
}
