#include "runtime.h"

// Single stepping, breakpoints and interrupt shadows: SDM Vol. 3 chapters 6, 11 and 17.

namespace {

constexpr u64 apic = 0xFEE00000;
constexpr u8 test_vector = 0x90;
alignas(4096) u64 apic_directory[512];

u64 read_dr6() {
  u64 value;
  asm volatile("mov %%dr6, %0" : "=r"(value));
  return value;
}
void write_dr6(u64 value) { asm volatile("mov %0, %%dr6" : : "r"(value)); }
void write_dr7(u64 value) { asm volatile("mov %0, %%dr7" : : "r"(value)); }
void write_dr0(u64 value) { asm volatile("mov %0, %%dr0" : : "r"(value)); }

void check_single_step() {
  write_dr6(0);
  u64 behind = 0;
  const Caught c = attempt([&] {
    asm volatile(
        "lea 1f(%%rip), %%rax; mov %%rax, %0; pushfq; orq $0x100, (%%rsp); popfq; nop; 1: nop"
        : "=m"(behind)
        :
        : "rax", "memory");
  });
  expect(c, 1, 0, "Vol. 3 §17.3.1.4", "RFLAGS.TF traps with #DB");
  check(c.rip == behind, "Vol. 3 §17.3.1.4", "behind the instruction after the POPF");
  check(read_dr6() >> 14 & 1, "Vol. 3 §17.2.3", "DR6.BS is set");
  check((c.rflags >> 8 & 1) == 1 && (c.handler_flags >> 8 & 1) == 0, "Vol. 3 §17.3.1.4",
        "TF is pushed and cleared for the handler");
}

void check_breakpoints() {
  write_dr6(0);
  u64 at;
  asm volatile("lea 1f(%%rip), %0; jmp 2f; 1: nop; ret; 2:" : "=r"(at));
  write_dr0(at);
  write_dr7(0x402);
  Caught c = attempt([&] { asm volatile("call *%0" : : "r"(at) : "memory"); });
  expect(c, 1, 0, "Vol. 3 §17.3.1.1", "an instruction breakpoint is #DB");
  check(c.rip == at, "Vol. 3 §17.3.1.1", "a fault: before its instruction");
  check((read_dr6() & 0xF) == 1, "Vol. 3 §17.2.3", "DR6.B0 is set");
  static u64 cell;
  write_dr6(0);
  write_dr0(reinterpret_cast<u64>(&cell));
  write_dr7(0x402 | 0x90000);  // writes, 8 bytes
  u64 behind = 0;
  c = attempt([&] {
    asm volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; movb $1, %1; 1: nop"
                 : "=m"(behind), "=m"(reinterpret_cast<u8*>(&cell)[3])
                 :
                 : "rax");
  });
  expect(c, 1, 0, "Vol. 3 §17.3.1.2", "a data breakpoint is #DB");
  check(c.rip == behind, "Vol. 3 §17.3.1.2", "a trap: behind its instruction");
  expect_none(attempt([] {
                asm volatile("mov %0, %%rax" : : "m"(cell) : "rax");
              }),
              "Vol. 3 §17.2.4", "a load does not hit a breakpoint on writes");
  write_dr7(0x400);
  write_dr6(0);
}

void check_debug_registers() {
  write_dr7(0x400 | 1 << 13);
  expect(attempt([] { read_dr6(); }), 1, 0, "Vol. 3 §17.3.1.3",
         "DR7.GD: an access to debug registers is #DB");
  check(read_dr6() >> 13 & 1, "Vol. 3 §17.2.3", "DR6.BD is set, and GD has been cleared");
  write_dr6(0);
  write_dr7(0x400);
  write_cr4(read_cr4() | 8);
  expect(attempt([] {
           asm volatile("mov %%dr4, %%rax" : : : "rax");
         }),
         6, 0, "Vol. 3 §17.2.2", "DR4 with CR4.DE is #UD");
  write_cr4(read_cr4() & ~8ul);
  expect_none(attempt([] {
                asm volatile("mov %%dr4, %%rax" : : : "rax");
              }),
              "Vol. 3 §17.2.2", "without it, it is DR6");
  expect(attempt([] { write_dr7(1ul << 32); }), 13, 0, "Vol. 3 §17.2.6",
         "a one in DR7[63:32] is #GP(0)");
}

volatile u32* apic_register(u32 offset) { return reinterpret_cast<volatile u32*>(apic + offset); }

void open_apic() {
  start_pdpt[3] = reinterpret_cast<u64>(apic_directory) | 0x63;
  apic_directory[(apic - 0xC0000000) >> 21] = (apic & ~0x1FFFFFul) | 0xFB;
  write_cr3(read_cr3());
  *apic_register(0xF0) = 0x1FF;
}

/// Makes an interrupt pending for this CPU while IF is 0.
void raise() {
  *apic_register(0x300) = 0x40000 | test_vector;
  while (!(*apic_register(0x200 + test_vector / 32 * 16) >> test_vector % 32 & 1)) {
  }
}

void check_interrupt(const Caught& c, u64 rip, const char* section, const char* rule) {
  check(c.vector == test_vector && c.rip == rip, section, rule);
  *apic_register(0xB0) = 0;
}

void check_interrupt_shadow() {
  u64 behind = 0;
  raise();
  Caught c = attempt([&] {
    asm volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; sti; nop; 1: nop; cli"
                 : "=m"(behind)
                 :
                 : "rax");
  });
  check_interrupt(c, behind, "Vol. 2 STI", "STI holds back interrupts for one instruction");
  raise();
  c = attempt([&] {
    asm volatile(
        "lea 1f(%%rip), %%rax; mov %%rax, %0; pushfq; orq $0x200, (%%rsp); popfq; 1: nop; nop; cli"
        : "=m"(behind)
        :
        : "rax", "memory");
  });
  check_interrupt(c, behind, "Vol. 3 §6.8.1", "POPF does not");
  raise();
  c = attempt([&] {
    asm volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; sti; mov %1, %%ss; nop; 1: nop; cli"
                 : "=m"(behind)
                 : "r"(u32{selector::data})
                 : "rax");
  });
  check(c.vector == test_vector, "Vol. 3 §6.8.3",
        "STI and MOV SS in a row hold back only once or twice");
  *apic_register(0xB0) = 0;
  raise();
  c = attempt([&] { asm volatile("sti; cli; nop; nop"); });
  expect_none(c, "Vol. 2 STI", "STI; CLI lets no interrupt in");
  c = attempt([&] {
    asm volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; sti; hlt; 1: nop; cli"
                 : "=m"(behind)
                 :
                 : "rax");
  });
  check_interrupt(c, behind, "Vol. 2 HLT", "STI; HLT with an interrupt pending does not sleep");
}

void check_task_priority() {
  asm volatile("mov %0, %%cr8" : : "r"(9ul));
  raise();
  Caught c = attempt([] { asm volatile("sti; nop; nop; cli"); });
  expect_none(c, "Vol. 3 §11.8.3.1", "an interrupt of a class not above CR8 waits");
  c = attempt([] { asm volatile("sti; nop; mov %0, %%cr8; nop; nop; cli" : : "r"(8ul)); });
  check(c.vector == test_vector, "Vol. 3 §11.8.3.1", "and comes when CR8 is lowered");
  *apic_register(0xB0) = 0;
  asm volatile("mov %0, %%cr8" : : "r"(0ul));
}

}  // namespace

void check_debug() {
  check_single_step();
  check_breakpoints();
  check_debug_registers();
  open_apic();
  check_interrupt_shadow();
  check_task_priority();
}
