#include "system.h"

// Control registers, MSRs and CPUID: what is refused and what is kept.

namespace {

Caught set_cr0(u64 value) {
  return attempt([&] { write_cr0(value); });
}
Caught set_cr3(u64 value) {
  return attempt([&] { write_cr3(value); });
}
Caught set_cr4(u64 value) {
  return attempt([&] { write_cr4(value); });
}
Caught set_msr(u32 index, u64 value) {
  return attempt([&] { write_msr(index, value); });
}
Caught get_msr(u32 index) {
  return attempt([&] { read_msr(index); });
}

void check_control_registers() {
  const u64 cr0 = read_cr0(), cr4 = read_cr4();
  expect({"CR-01", "Vol. 2 MOV CR", "CR0.PG without PE is #GP(0)"}, set_cr0(cr0 & ~1ul), 13, 0);
  expect({"CR-02", "Vol. 2 MOV CR", "CR0.NW without CD is #GP(0)"},
         set_cr0((cr0 | 1ul << 29) & ~(1ul << 30)), 13, 0);
  expect({"CR-03", "Vol. 2 MOV CR", "a one in CR0[63:32] is #GP(0)"}, set_cr0(cr0 | 1ul << 32), 13,
         0);
  expect({"CR-04", "Vol. 2 MOV CR", "clearing CR0.PG in 64-bit mode is #GP(0)"},
         set_cr0(cr0 & ~(1ul << 31)), 13, 0);
  set_cr0(cr0 & ~0x10ul);
  check({"CR-05", "Vol. 3 §2.5", "CR0.ET reads as one"}, read_cr0() & 0x10);
  expect({"CR-06", "Vol. 2 MOV CR", "a one in CR3 above MAXPHYADDR is #GP(0)"},
         set_cr3(read_cr3() | 1ul << 51), (cpuid(0x80000008).eax & 0xFF) < 52 ? 13 : Caught::none,
         0);
  expect({"CR-07", "Vol. 2 MOV CR", "clearing CR4.PAE in IA-32e mode is #GP(0)"},
         set_cr4(cr4 & ~0x20ul), 13, 0);
  expect({"CR-08", "Vol. 2 MOV CR", "a reserved bit of CR4 is #GP(0)"}, set_cr4(cr4 | 1ul << 15),
         13, 0);
  expect({"CR-09", "Vol. 2 MOV CR", "a one in CR4[63:32] is #GP(0)"}, set_cr4(cr4 | 1ul << 63), 13,
         0);
  if (!(cpuid(1).ecx >> 17 & 1))
    expect({"CR-10", "Vol. 2 MOV CR", "CR4.PCIDE without CPUID.PCID is #GP(0)"},
           set_cr4(cr4 | 1ul << 17), 13, 0);
  write_cr0(cr0);
  u64 task_priority = 5;
  asm volatile("mov %0, %%cr8; mov %%cr8, %0" : "+r"(task_priority));
  check({"CR-11", "Vol. 3 §11.8.6", "CR8 keeps a task priority"}, task_priority == 5);
  expect({"CR-12", "Vol. 3 §11.8.6", "more than 15 is #GP(0)"}, attempt([] {
           asm volatile("mov %0, %%cr8" : : "r"(16ul));
         }),
         13, 0);
  asm volatile("mov %0, %%cr8" : : "r"(0ul));
  u64 status;
  asm volatile("smsw %0" : "=r"(status));
  check({"CR-13", "Vol. 2 SMSW", "SMSW reads CR0"}, (status & 0xFFFF) == (cr0 & 0xFFFF));
  asm volatile("lmsw %w0; clts" : : "r"(u32(cr0 & 0xFFFE) | 8));
  check({"CR-14", "Vol. 2 LMSW", "LMSW does not clear PE; CLTS clears TS"}, read_cr0() == cr0);
}

void check_msrs() {
  const u64 efer = read_msr(0xC0000080);
  check({"CR-15", "Vol. 3 §2.2.1", "EFER.LMA is set by paging with LME"}, (efer & 0x500) == 0x500);
  expect({"CR-16", "Vol. 3 §2.2.1", "changing EFER.LME under paging is #GP(0)"},
         set_msr(0xC0000080, efer & ~0x100ul), 13, 0);
  expect({"CR-17", "Vol. 3 §2.2.1", "a reserved bit of EFER is #GP(0)"},
         set_msr(0xC0000080, efer | 1ul << 40), 13, 0);
  expect({"CR-18", "Vol. 2 RDMSR", "RDMSR of a register that does not exist is #GP(0)"},
         get_msr(0x12345678), 13, 0);
  expect({"CR-19", "Vol. 2 WRMSR", "so is WRMSR"}, set_msr(0x12345678, 0), 13, 0);
  const u32 addresses[] = {0xC0000082, 0xC0000100, 0xC0000101, 0xC0000102, 0x175, 0x176};
  for (const u32 index : addresses)
    expect({"CR-20", "Vol. 2 WRMSR", "a non-canonical address is #GP(0)"},
           set_msr(index, 0x0000800000000000), 13, 0);
  write_msr(0xC0000100, 0xFFFF800000001234);
  check({"CR-21", "Vol. 3 §3.4.4", "IA32_FS_BASE keeps 64 bits"},
        read_msr(0xC0000100) == 0xFFFF800000001234);
  static u64 cell = 0x1122334455667788;
  write_msr(0xC0000101, reinterpret_cast<u64>(&cell) - 8);
  u64 value;
  asm volatile("mov %%gs:8, %0" : "=r"(value));
  check({"CR-22", "Vol. 3 §3.4.4", "addresses with a GS prefix start at IA32_GS_BASE"},
        value == cell);
  check({"CR-23", "Vol. 3 table 11-12", "IA32_PAT has its reset value"},
        read_msr(0x277) == 0x0007040600070406);
  expect({"CR-24", "Vol. 3 §11.12.4", "a reserved memory type in IA32_PAT is #GP(0)"},
         set_msr(0x277, 0x0007040600070402), 13, 0);
  const u64 before = read_msr(0x10);
  const u64 after = read_msr(0x10);
  check({"CR-25", "Vol. 3 §17.17", "IA32_TIME_STAMP_COUNTER counts"}, after > before);
  write_msr(0x10, 0x100000000000);
  u32 low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  check({"CR-26", "Vol. 3 §17.17", "and can be written"},
        (u64{high} << 32 | low) - 0x100000000000 < 1ul << 36);
}

void check_cpuid() {
  const u32 highest = cpuid(0).eax;
  check({"CR-27", "Vol. 2 CPUID", "leaf 0 returns the highest basic leaf"}, highest >= 1);
  const Cpuid features = cpuid(1);
  check({"CR-28", "Vol. 3 §11.4.3", "the APIC flag is set while the APIC is enabled"},
        features.edx >> 9 & 1);
  check({"CR-29", "Vol. 2 CPUID", "OSXSAVE copies CR4.OSXSAVE"},
        (features.ecx >> 27 & 1) == (read_cr4() >> 18 & 1));
  if (!intel()) return;
  const Cpuid last = cpuid(highest), beyond = cpuid(highest + 1);
  check(
      {"CR-30", "Vol. 2 CPUID", "a leaf above the highest one returns the data of the highest one"},
      last.eax == beyond.eax && last.ebx == beyond.ebx && last.ecx == beyond.ecx);
  if (highest < 0xB) return;
  const Cpuid topology = cpuid(0xB, 0), none = cpuid(0xB, 9);
  check({"CR-31", "Vol. 2 CPUID", "leaf 0BH EDX is the x2APIC id"},
        topology.edx == features.ebx >> 24);
  check(
      {"CR-32", "Vol. 2 CPUID", "a level of leaf 0BH that does not exist returns its number only"},
      none.eax == 0 && none.ebx == 0 && none.ecx == 9);
}

}  // namespace

void check_registers() {
  check_control_registers();
  check_msrs();
  check_cpuid();
}
