#include "pic.h"

// The 8259A pair: Intel 8259A data sheet (231468-003), and how its interrupts reach a processor.

namespace pic {

namespace {
constexpr u16 nothing_masked_but(u16 bits) { return static_cast<u16>(~bits); }
constexpr u16 cascade = 1 << 2;
}  // namespace

void initialise(u8 icw4) {
  out8(master, 0x11);
  out8(master + 1, master_base);
  out8(master + 1, 0x04);
  out8(master + 1, static_cast<u8>(icw4 | 1));
  out8(slave, 0x11);
  out8(slave + 1, slave_base);
  out8(slave + 1, 0x02);
  out8(slave + 1, static_cast<u8>((icw4 & ~special_fully_nested) | 1));
  mask(0xFFFF);
}

void mask(u16 bits) {
  bits &= nothing_masked_but(cascade);
  out8(master + 1, static_cast<u8>(bits));
  out8(slave + 1, static_cast<u8>(bits >> 8));
}

u8 requests(u16 chip) {
  out8(chip, 0x0A);
  return in8(chip);
}

u8 in_service(u16 chip) {
  out8(chip, 0x0B);
  return in8(chip);
}

void end_all() {
  constexpr u16 chips[] = {slave, master};
  for (const u16 chip : chips)
    for (unsigned n = 0; n < 8 && in_service(chip) != 0; ++n) command(chip, non_specific_eoi);
}

void lower_all() {
  constexpr unsigned used[] = {3, 5, 6, 7, 10, 11, 12, 14, 15};
  for (const unsigned irq : used) line(irq, false);
}

u32 taken(unsigned irq, u32 expected) {
  volatile u32& count = this_cpu().interrupts[vector(irq)];
  enable_interrupts();
  wait_until([&] { return count >= expected; }, 300'000'000);
  delay(50'000);
  disable_interrupts();
  return count;
}

void begin(u16 masks, u8 icw4) {
  disable_interrupts();
  lower_all();
  out8(elcr, 0);
  out8(elcr + 1, 0);
  initialise(icw4);
  mask(masks);
  clear_interrupts();
}

}  // namespace pic

namespace {

/// The interval timer, which firmware may have started, has its output high and stays so.
void quiet_timer() {
  out8(0x43, 0x30);
  out8(0x40, 1);
  out8(0x40, 0);
  delay(1'000'000);
}

}  // namespace

void program() {
  apic::enter(apic::Mode::xapic);
  apic::enable();
  apic::write(apic::reg::lvt_lint0, 0x700);
  quiet_timer();
  count_interrupts(pic::master_base, pic::slave_base + 7, false);
  check_words();
  check_priorities();
  check_cascade();
  check_triggers();
  check_ext_int();
  finish("pic-8259");
}
