#include "io_apic.h"

// The I/O APIC: 82093AA data sheet, and the ICH9's for version 0x20.

namespace {

constexpr unsigned isa_pins = 16;

void mask_8259() {
  out8(0x21, 0xFF);
  out8(0xA1, 0xFF);
}

}  // namespace

void quiet() {
  for (unsigned pin = 0; pin < isa_pins; ++pin) {
    io_apic::line(pin, false);
    io_apic::program(pin, io_apic::rte::masked);
  }
  enable_interrupts();
  io_apic::settle();
  disable_interrupts();
  clear_all_interrupts();
}

u32 taken(u8 vector, u32 expected) {
  volatile u32& count = this_cpu().interrupts[vector];
  io_apic::comes([&] { return count >= expected; });
  return count;
}

u32 taken_enabled(u8 vector, u32 expected) {
  enable_interrupts();
  const u32 count = taken(vector, expected);
  disable_interrupts();
  return count;
}

void program() {
  apic::enter(apic::Mode::xapic);
  apic::enable();
  mask_8259();
  count_interrupts(0x20, 0xFE);
  start_processors();
  quiet();
  check_registers();
  check_edge();
  check_level();
  check_reprogramming();
  check_destinations();
  check_modes();
  finish("io-apic");
}
