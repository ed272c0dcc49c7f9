#include "registers.h"

namespace {

using namespace apic;

constexpr u32 vector_bits = 0xFF, mode_bits = 7 << 8, pin_bits = 1 << 13 | 1 << 15;

constexpr PageRegister registers[] = {
    {"LR-10", reg::tpr, 0xFF, 0, 0, "Vol. 3 §11.8.3.1", "TPR has bits 7:0"},
    {"LR-11", reg::ldr, 0xFF000000, 0, 0, "Vol. 3 §11.6.2.2", "LDR has bits 31:24"},
    {"LR-12", reg::id, 0, 0xFF000000, 0, "Vol. 3 §11.4.6", "ID has bits 31:24, if any"},
    {"LR-13", reg::icr_high, 0xFF000000, 0, 0, "Vol. 3 §11.6.1", "ICR high has bits 31:24"},
    {"LR-14", reg::lvt_thermal, vector_bits | mode_bits | lvt::masked, 0, lvt::masked,
     "Vol. 3 §11.5.1", "the thermal entry has vector, mode, mask"},
    {"LR-15", reg::lvt_performance, vector_bits | mode_bits | lvt::masked, 0, lvt::masked,
     "Vol. 3 §11.5.1", "the performance entry has vector, mode, mask"},
    {"LR-16", reg::lvt_lint0, vector_bits | mode_bits | pin_bits | lvt::masked, 0, lvt::masked,
     "Vol. 3 §11.5.1", "the LINT0 entry has vector, mode, polarity, trigger mode, mask"},
    {"LR-17", reg::lvt_lint1, vector_bits | mode_bits | pin_bits | lvt::masked, 0, lvt::masked,
     "Vol. 3 §11.5.1", "the LINT1 entry has vector, mode, polarity, trigger mode, mask"},
    {"LR-18", reg::lvt_error, vector_bits | lvt::masked, 0, lvt::masked, "Vol. 3 §11.5.1",
     "the error entry has vector and mask"},
    {"LR-19", reg::initial_count, 0xFFFFFFFF, 0, 0, "Vol. 3 §11.5.4",
     "the initial count has 32 bits"},
    {"LR-20", reg::divide, 0xB, 0, 0, "Vol. 3 §11.5.4", "the divide register has bits 3, 1, 0"},
};

bool has_directed_eoi() { return read(reg::version) >> 24 & 1; }

void check_register(const PageRegister& reg) {
  const u32 before = page_register(reg.offset);
  const u32 sticky = bits_that_stick(reg);
  equal({reg.id, reg.section, reg.text}, sticky & ~reg.either, reg.writable);
  page_register(reg.offset) = before;
}

/// Bits 9 (focus checking) and 12 are not in every processor.
void check_svr() {
  const u32 directed = has_directed_eoi() ? svr_suppress_broadcast : 0;
  check_register({"LR-21", reg::svr, 0x1FF | directed, 1 << 9, 0, "Vol. 3 §11.9",
                  "SVR has vector, enable, and bit 12 where the version register says so"});
}

void check_timer_entry() {
  const u32 deadline = has_deadline() ? lvt::deadline : 0;
  check_register({"LR-22", reg::lvt_timer, vector_bits | lvt::masked | lvt::periodic | deadline, 0,
                  lvt::masked, "Vol. 3 §11.5.1", "the timer entry has vector, mask, mode"});
}

void check_cmci_entry() {
  const Rule rule{"LR-23", "Vol. 3 §11.5.1", "the CMCI entry has vector, mode, mask"};
  if (highest_lvt() < 6) return skip(rule, "no CMCI entry");
  check_register({rule.id, reg::lvt_cmci, vector_bits | mode_bits | lvt::masked, 0, lvt::masked,
                  rule.section, rule.text});
}

/// Cleared bits, as the reserved ones read as one.
void check_dfr() {
  u32 cleared = 0;
  for (unsigned bit = 0; bit < 32; ++bit) {
    page_register(reg::dfr) = ~(1u << bit);
    cleared |= ~page_register(reg::dfr);
  }
  equal({"LR-24", "Vol. 3 §11.6.2.2", "DFR has bits 31:28; the others are ones"}, cleared,
        0xF0000000);
  page_register(reg::dfr) = 0xFFFFFFFF;
}

/// What is sent goes to a processor that is not there.
void check_icr() {
  constexpr u32 nowhere = 0x7E, defined = 0xC8FFF & ~icr::pending;
  page_register(reg::icr_high) = nowhere << 24;
  u32 sticky = 0;
  for (unsigned bit = 0; bit < 20; ++bit) {
    const u32 shorthand = bit >= 18 ? 0x40 : 0;
    if (!(defined >> bit & 1)) continue;
    page_register(reg::icr) = 1u << bit | shorthand;
    wait_until([] { return !(page_register(reg::icr) & icr::pending); });
    sticky |= page_register(reg::icr) & 1u << bit;
  }
  equal({"XA-35", "Vol. 3 §11.6.1", "ICR reads back what was written"}, sticky, defined);
  page_register(reg::icr) = 0x40 | icr::pending | icr::assert_level;
  check({"XA-37", "Vol. 3 §11.6.1", "the delivery status cannot be written"},
        wait_until([] { return !(page_register(reg::icr) & icr::pending); }, 10'000'000));
  page_register(reg::icr) = 0xC4640 | icr::assert_level;
  check({"LR-25", "Vol. 3 §11.6.1", "ICR keeps the vector 40H of a start-up message"},
        (page_register(reg::icr) & 0xFFF) == 0x640);
}

/// The one value that several sources name.
void check_all_ones() {
  page_register(reg::tpr) = 0xFFFFFF5A;
  equal({"XA-15", "Vol. 3 §11.8.3.1", "FFFFFF5AH in TPR leaves 5AH"}, page_register(reg::tpr),
        0x5A);
  write_cr8(0xB);
  equal({"LR-26", "Vol. 3 §11.8.6", "CR8 is bits 7:4 of TPR and clears 3:0"},
        page_register(reg::tpr), 0xB0);
  write_cr8(0);
  page_register(reg::ldr) = 0xFFFFFFFF;
  page_register(reg::dfr) = 0xFFFFFFFF;
  page_register(reg::divide) = 0xFFFFFFFF;
  check({"XA-25", "Vol. 3 Table 11-1", "all ones in LDR, DFR and divide leave their bits"},
        page_register(reg::ldr) == 0xFF000000 && page_register(reg::dfr) == 0xFFFFFFFF &&
            page_register(reg::divide) == 0xB);
  page_register(reg::ldr) = 0;
  page_register(reg::divide) = 0;
}

}  // namespace

u32 bits_that_stick(const PageRegister& reg) {
  u32 sticky = 0;
  for (unsigned bit = 0; bit < 32; ++bit) {
    page_register(reg.offset) = reg.base | 1u << bit;
    const u32 with = page_register(reg.offset);
    page_register(reg.offset) = reg.base & ~(1u << bit);
    sticky |= with & ~page_register(reg.offset) & 1u << bit;
  }
  return sticky;
}

void check_bits() {
  for (const PageRegister& reg : registers) check_register(reg);
  check_svr();
  enable();
  check_timer_entry();
  check_cmci_entry();
  check_dfr();
  check_icr();
  check_all_ones();
  enable();
}
