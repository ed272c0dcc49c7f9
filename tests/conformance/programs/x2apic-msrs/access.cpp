#include "msrs.h"

// Which of the MSRs exist, and what may be done with them: Table 11-6.

namespace {

using namespace apic;

enum class Access : u8 { none, read, write, both };

struct Range {
  u32 first, last;
  Access access;
};

constexpr Range ranges[] = {
    {0x802, 0x803, Access::read},  {0x808, 0x808, Access::both}, {0x80A, 0x80A, Access::read},
    {0x80B, 0x80B, Access::write}, {0x80D, 0x80D, Access::read}, {0x80F, 0x80F, Access::both},
    {0x810, 0x827, Access::read},  {0x828, 0x828, Access::both}, {0x830, 0x830, Access::both},
    {0x832, 0x838, Access::both},  {0x839, 0x839, Access::read}, {0x83E, 0x83E, Access::both},
    {0x83F, 0x83F, Access::write},
};

Access access_of(u32 index) {
  if (index == msr_of(reg::lvt_cmci)) return highest_lvt() >= 6 ? Access::both : Access::none;
  for (const Range& range : ranges)
    if (index >= range.first && index <= range.last) return range.access;
  return Access::none;
}

bool readable(u32 index) {
  const Access access = access_of(index);
  return access == Access::read || access == Access::both;
}

bool writable(u32 index) {
  const Access access = access_of(index);
  return access == Access::write || access == Access::both;
}

/// A value that the register takes: its own, or 0 where it cannot be read.
u64 harmless(u32 index) {
  if (index == msr_of(reg::icr)) return u64{0x7FFFFFF0} << 32 | 0x40;
  if (index == msr_of(reg::esr)) return 0;
  return readable(index) ? try_read_msr(index).value : 0;
}

/// How many of the MSRs answer otherwise than they should; the first such one.
struct Wrong {
  u32 count = 0, first = 0;
  void add(u32 index) {
    if (count++ == 0) first = index;
  }
};

void report(const Rule& rule, const Wrong& wrong) { equal(rule, wrong.count ? wrong.first : 0, 0); }

void check_all_refused(const Rule& reads, const Rule& writes) {
  Wrong read_wrong, write_wrong;
  for (u32 index = 0x800; index < 0x900; ++index) {
    if (!try_read_msr(index).refused) read_wrong.add(index);
    if (try_write_msr(index, 0)) write_wrong.add(index);
  }
  report(reads, read_wrong);
  report(writes, write_wrong);
}

void check_range(const Rule& rule, u32 first, u32 last) {
  Wrong wrong;
  for (u32 index = first; index <= last; ++index) {
    if (access_of(index) != Access::none) continue;
    if (!try_read_msr(index).refused || try_write_msr(index, 0)) wrong.add(index);
  }
  report(rule, wrong);
}

}  // namespace

void check_other_modes() {
  enter(Mode::xapic);
  check_all_refused({"X2-01", "Vol. 3 §11.12.2", "in xAPIC mode RDMSR of 800H-8FFH is #GP(0)"},
                    {"X2-02", "Vol. 3 §11.12.2", "so is WRMSR"});
  enter(Mode::disabled);
  check_all_refused({"XM-01", "Vol. 3 §11.12.2", "while disabled RDMSR of 800H-8FFH is #GP(0)"},
                    {"XM-02", "Vol. 3 §11.12.2", "so is WRMSR"});
  enter(Mode::xapic);
  enable();
}

void check_page() {
  const u32 version = page_register(reg::version);
  enter(Mode::x2apic);
  check({"XM-03", "Vol. 3 §11.12.2", "in x2APIC mode the register page is not decoded"},
        page_register(reg::version) != version);
  page_register(reg::tpr) = 0x70;
  equal({"XM-04", "Vol. 3 §11.12.2", "a store to it does not reach the APIC"},
        read_msr(msr_of(reg::tpr)), 0);
}

void check_access() {
  enter(Mode::x2apic);
  Wrong read_wrong, write_wrong, upper_wrong;
  for (u32 index = 0x800; index < 0x900; ++index) {
    const MsrRead value = try_read_msr(index);
    if (value.refused == readable(index)) read_wrong.add(index);
    if (!value.refused && index != msr_of(reg::icr) && value.value >> 32) upper_wrong.add(index);
    if (try_write_msr(index, harmless(index)) != writable(index)) write_wrong.add(index);
  }
  report({"X2-03", "Vol. 3 Table 11-6", "exactly the readable ones can be read"}, read_wrong);
  report({"XM-05", "Vol. 3 Table 11-6", "exactly the writable ones can be written"}, write_wrong);
  report({"X2-11", "Vol. 3 §11.12.1.2", "bits 63:32 of all but ICR read as 0"}, upper_wrong);
  check({"X2-04", "Vol. 3 Table 11-6", "EOI and SELF IPI cannot be read, and take 0"},
        try_read_msr(0x80B).refused && try_read_msr(0x83F).refused && try_write_msr(0x80B, 0) &&
            try_write_msr(0x83F, 0));
  check({"X2-05", "Vol. 3 Table 11-6", "there is no DFR"},
        try_read_msr(0x80E).refused && !try_write_msr(0x80E, 0));
  check({"X2-06", "Vol. 3 Table 11-6", "there is no ICR high"},
        try_read_msr(0x831).refused && !try_write_msr(0x831, 0));
  check_range({"X2-07", "Vol. 3 Table 11-6", "the gaps below 840H are #GP(0)"}, 0x800, 0x83F);
  check_range({"X2-08", "Vol. 3 Table 11-6", "840H-8FFH are #GP(0)"}, 0x840, 0x8FF);
  equal({"X2-09", "Vol. 3 §11.5.1", "82FH is there where the version register says 6 or more"},
        !try_read_msr(0x82F).refused, highest_lvt() >= 6);
  check({"X2-36", "Vol. 3 §11.12.10.2", "LDR cannot be written"}, !try_write_msr(0x80D, 0));
}
