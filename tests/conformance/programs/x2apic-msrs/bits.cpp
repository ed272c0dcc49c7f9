#include "msrs.h"

// Reserved bits: a one is #GP(0), SDM Vol. 3 §11.12.1.3. Read-only status bits may be either.

namespace {

using namespace apic;

struct Register {
  const char* id;
  u32 offset;
  u64 bits;    ///< may be written
  u64 either;  ///< may be refused or ignored
  u64 base;    ///< value to add the single bits to
  const char* section;
  const char* text;
};

constexpr u64 lvt_common = 0xFF | lvt::masked, lvt_modes = lvt_common | 7 << 8;
constexpr u64 status = 1 << 12, remote_irr = 1 << 14, pins = 1 << 13 | 1 << 15;
constexpr u64 absent_destination = u64{0x7FFFFFF0} << 32;

constexpr Register registers[] = {
    {"X2-17", reg::tpr, 0xFF, 0, 0, "Vol. 3 §11.8.3.1", "TPR takes bits 7:0"},
    {"XM-11", reg::eoi, 0, 0, 0, "Vol. 3 §11.12.1.2", "EOI takes 0 only"},
    {"XM-12", reg::esr, 0, 0, 0, "Vol. 3 §11.5.3", "ESR takes 0 only"},
    {"XM-13", reg::lvt_thermal, lvt_modes, status, lvt::masked, "Vol. 3 §11.5.1",
     "the thermal entry takes vector, mode, mask"},
    {"XM-14", reg::lvt_performance, lvt_modes, status, lvt::masked, "Vol. 3 §11.5.1",
     "the performance entry takes vector, mode, mask"},
    {"XM-15", reg::lvt_lint0, lvt_modes | pins, status | remote_irr, lvt::masked, "Vol. 3 §11.5.1",
     "the LINT0 entry takes vector, mode, polarity, trigger mode, mask"},
    {"XM-16", reg::lvt_lint1, lvt_modes | pins, status | remote_irr, lvt::masked, "Vol. 3 §11.5.1",
     "the LINT1 entry takes vector, mode, polarity, trigger mode, mask"},
    {"XM-17", reg::lvt_error, lvt_common, status, lvt::masked, "Vol. 3 §11.5.1",
     "the error entry takes vector and mask"},
    {"XM-18", reg::initial_count, 0xFFFFFFFF, 0, 0, "Vol. 3 §11.5.4",
     "the initial count takes 32 bits"},
    {"XM-19", reg::divide, 0xB, 0, 0, "Vol. 3 §11.5.4", "the divide register takes bits 3, 1, 0"},
    {"X2-14", reg::self_ipi, 0xFF, 0, 0x40, "Vol. 3 §11.12.11", "SELF IPI takes bits 7:0"},
};

u64 bits_taken(const Register& reg) {
  u64 taken = 0;
  for (unsigned bit = 0; bit < 64; ++bit)
    if (try_write_msr(msr_of(reg.offset), reg.base | 1ul << bit)) taken |= 1ul << bit;
  return taken & ~reg.either;
}

void check_register(const Register& reg) {
  const u32 index = msr_of(reg.offset);
  const MsrRead before = try_read_msr(index);
  equal({reg.id, reg.section, reg.text}, bits_taken(reg), reg.bits & ~reg.either);
  if (!before.refused) try_write_msr(index, reg.offset == reg::esr ? 0 : before.value);
}

/// Destination bits name processors that are there, too: those count an interrupt.
void check_icr() {
  constexpr u64 low = 0xC8FFF | icr::assert_level;
  const Register low_half{"XM-20",
                          reg::icr,
                          low,
                          status,
                          absent_destination | 0x40,
                          "Vol. 3 §11.12.9",
                          "ICR takes bits 19:18, 15, 14, 11:0; bit 12 may be refused"};
  u64 taken = 0;
  for (unsigned bit = 0; bit < 32; ++bit)
    if (try_write_msr(msr_of(reg::icr), low_half.base | 1ul << bit)) taken |= 1ul << bit;
  equal({low_half.id, low_half.section, low_half.text}, taken & ~status, low & ~status);
  u64 destinations = 0;
  for (unsigned bit = 32; bit < 64; ++bit)
    if (try_write_msr(msr_of(reg::icr), 0x40 | 1ul << bit)) destinations |= 1ul << bit;
  equal({"XM-21", "Vol. 3 §11.12.9", "and a destination of 32 bits"}, destinations, ~0ul << 32);
  try_write_msr(msr_of(reg::icr), 0x123456780000C040 & ~(1ul << 15));
  equal({"XM-22", "Vol. 3 §11.12.9", "it reads back as written"}, read_msr(msr_of(reg::icr)),
        0x1234567800004040);
}

void check_svr() {
  const bool directed = read(reg::version) >> 24 & 1;
  check_register({"X2-18", reg::svr, directed ? 0x11FFul : 0x1FFul, 0, 0, "Vol. 3 §11.9",
                  "SVR takes vector, enable, and bit 12 where the version register says so"});
}

void check_timer_entry() {
  const u64 modes = lvt::periodic | (has_deadline() ? lvt::deadline : 0);
  check_register({"XM-23", reg::lvt_timer, lvt_common | modes, status, lvt::masked,
                  "Vol. 3 §11.5.1", "the timer entry takes vector, mask, mode"});
}

void check_all_ones() {
  constexpr u32 all[] = {reg::tpr,
                         reg::eoi,
                         reg::svr,
                         reg::esr,
                         reg::lvt_timer,
                         reg::lvt_thermal,
                         reg::lvt_lint0,
                         reg::lvt_lint1,
                         reg::lvt_error,
                         reg::initial_count,
                         reg::divide,
                         reg::self_ipi,
                         reg::lvt_performance};
  u32 accepted = 0;
  for (const u32 offset : all)
    if (try_write_msr(msr_of(offset), ~0ul)) accepted = msr_of(offset);
  equal({"X2-10", "Vol. 3 §11.12.1.3", "64 ones are #GP(0) in all but ICR"}, accepted, 0);
}

}  // namespace

void check_bits() {
  disable_interrupts();
  for (const Register& reg : registers) check_register(reg);
  check_svr();
  enable();
  check_timer_entry();
  check_icr();
  check_all_ones();
  drain();
  interrupt_window();
  write(reg::esr, 0);
}
