#include "timers.h"

// Interval timer, calendar clock, HPET and PM timer of a PC: registers, modes, interrupts.

namespace {

volatile u32& io_apic(u32 offset) {
  return *reinterpret_cast<volatile u32*>(0xFEC00000ul + offset);
}

void write_entry(unsigned pin, u32 low) {
  io_apic(0) = 0x11 + 2 * pin;
  io_apic(0x10) = this_cpu().apic_id << 24;
  io_apic(0) = 0x10 + 2 * pin;
  io_apic(0x10) = low;
}

/// Where the boards of QEMU and its likes have it: ICH9 data sheet §13.1.13, ACPI base 0x600.
constexpr u16 pm_timer_port = 0x608;

}  // namespace

void route(unsigned pin, u32 entry) {
  write_entry(pin, masked);
  write_entry(pin, entry);
}

void mask(unsigned pin) { write_entry(pin, masked); }

volatile u32& count_of(u8 vector) { return this_cpu().interrupts[vector]; }

bool reaches(u8 vector, u32 count) {
  enable_interrupts();
  const bool reached = wait_until([=] { return count_of(vector) >= count; }, 3'000'000'000);
  disable_interrupts();
  return reached;
}

bool has_pm_timer() {
  return in32(pm_timer_port) != 0xFFFFFFFF || in32(pm_timer_port) != 0xFFFFFFFF;
}
u32 read_pm_timer() { return in32(pm_timer_port) & 0xFFFFFF; }

void wait_milliseconds(unsigned milliseconds) {
  const u32 ticks = pm_timer_hz / 1000 * milliseconds;
  const u32 start = read_pm_timer();
  while (((read_pm_timer() - start) & 0xFFFFFF) < ticks) pause();
}

bool near(u64 got, u64 wanted, u64 tolerance) {
  const u64 distance = got > wanted ? got - wanted : wanted - got;
  return distance * tolerance <= wanted;
}

void program() {
  apic::enter(apic::Mode::xapic);
  apic::enable();
  out8(0x21, 0xFF);
  out8(0xA1, 0xFF);
  if (!has_pm_timer()) give_up("no PM timer at 0x608 to measure by");
  count_interrupts(pit_vector, hpet_vector);
  check_pm_timer();
  check_pit();
  check_rtc();
  check_hpet();
  finish("board-timers");
}
