#include "runtime/apic.h"
#include "system.h"

// Single stepping, breakpoints and interrupt shadows: SDM Vol. 3 chapters 6, 11 and 17.

namespace {

constexpr u8 test_vector = 0x90;

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
  expect({"DB-01", "Vol. 3 §17.3.1.4", "RFLAGS.TF traps with #DB"}, c, 1, 0);
  check({"DB-02", "Vol. 3 §17.3.1.4", "behind the instruction after the POPF"}, c.rip == behind);
  check({"DB-03", "Vol. 3 §17.2.3", "DR6.BS is set"}, read_dr6() >> 14 & 1);
  check({"DB-04", "Vol. 3 §17.3.1.4", "TF is pushed and cleared for the handler"},
        (c.rflags >> 8 & 1) == 1 && (c.handler_flags >> 8 & 1) == 0);
}

void check_breakpoints() {
  write_dr6(0);
  u64 at;
  asm volatile("lea 1f(%%rip), %0; jmp 2f; 1: nop; ret; 2:" : "=r"(at));
  write_dr0(at);
  write_dr7(0x402);
  Caught c = attempt([&] { asm volatile("call *%0" : : "r"(at) : "memory"); });
  expect({"DB-05", "Vol. 3 §17.3.1.1", "an instruction breakpoint is #DB"}, c, 1, 0);
  check({"DB-06", "Vol. 3 §17.3.1.1", "a fault: before its instruction"}, c.rip == at);
  check({"DB-07", "Vol. 3 §17.2.3", "DR6.B0 is set"}, (read_dr6() & 0xF) == 1);
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
  expect({"DB-08", "Vol. 3 §17.3.1.2", "a data breakpoint is #DB"}, c, 1, 0);
  check({"DB-09", "Vol. 3 §17.3.1.2", "a trap: behind its instruction"}, c.rip == behind);
  expect_none({"DB-10", "Vol. 3 §17.2.4", "a load does not hit a breakpoint on writes"},
              attempt([] {
                asm volatile("mov %0, %%rax" : : "m"(cell) : "rax");
              }));
  write_dr7(0x400);
  write_dr6(0);
}

void check_debug_registers() {
  write_dr7(0x400 | 1 << 13);
  expect({"DB-11", "Vol. 3 §17.3.1.3", "DR7.GD: an access to debug registers is #DB"},
         attempt([] { read_dr6(); }), 1, 0);
  check({"DB-12", "Vol. 3 §17.2.3", "DR6.BD is set, and GD has been cleared"},
        read_dr6() >> 13 & 1);
  write_dr6(0);
  write_dr7(0x400);
  write_cr4(read_cr4() | 8);
  expect({"DB-13", "Vol. 3 §17.2.2", "DR4 with CR4.DE is #UD"}, attempt([] {
           asm volatile("mov %%dr4, %%rax" : : : "rax");
         }),
         6, 0);
  write_cr4(read_cr4() & ~8ul);
  expect_none({"DB-14", "Vol. 3 §17.2.2", "without it, it is DR6"}, attempt([] {
                asm volatile("mov %%dr4, %%rax" : : : "rax");
              }));
  expect({"DB-15", "Vol. 3 §17.2.6", "a one in DR7[63:32] is #GP(0)"},
         attempt([] { write_dr7(1ul << 32); }), 13, 0);
}

/// Makes an interrupt pending for this CPU while IF is 0.
void raise() { apic::pend(test_vector); }

void check_interrupt(const Rule& rule, const Caught& c, u64 rip) {
  check(rule, c.vector == test_vector && c.rip == rip);
  apic::end_interrupt();
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
  check_interrupt({"DB-16", "Vol. 2 STI", "STI holds back interrupts for one instruction"}, c,
                  behind);
  raise();
  c = attempt([&] {
    asm volatile(
        "lea 1f(%%rip), %%rax; mov %%rax, %0; pushfq; orq $0x200, (%%rsp); popfq; 1: nop; nop; cli"
        : "=m"(behind)
        :
        : "rax", "memory");
  });
  check_interrupt({"DB-17", "Vol. 3 §6.8.1", "POPF does not"}, c, behind);
  raise();
  c = attempt([&] {
    asm volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; sti; mov %1, %%ss; nop; 1: nop; cli"
                 : "=m"(behind)
                 : "r"(u32{selector::data})
                 : "rax");
  });
  check({"DB-18", "Vol. 3 §6.8.3", "STI and MOV SS in a row hold back only once or twice"},
        c.vector == test_vector);
  apic::end_interrupt();
  raise();
  c = attempt([&] { asm volatile("sti; cli; nop; nop"); });
  expect_none({"DB-19", "Vol. 2 STI", "STI; CLI lets no interrupt in"}, c);
  c = attempt([&] {
    asm volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; sti; hlt; 1: nop; cli"
                 : "=m"(behind)
                 :
                 : "rax");
  });
  check_interrupt({"DB-20", "Vol. 2 HLT", "STI; HLT with an interrupt pending does not sleep"}, c,
                  behind);
}

void check_task_priority() {
  asm volatile("mov %0, %%cr8" : : "r"(9ul));
  raise();
  Caught c = attempt([] { asm volatile("sti; nop; nop; cli"); });
  expect_none({"DB-21", "Vol. 3 §11.8.3.1", "an interrupt of a class not above CR8 waits"}, c);
  c = attempt([] { asm volatile("sti; nop; mov %0, %%cr8; nop; nop; cli" : : "r"(8ul)); });
  check({"DB-22", "Vol. 3 §11.8.3.1", "and comes when CR8 is lowered"}, c.vector == test_vector);
  apic::end_interrupt();
  asm volatile("mov %0, %%cr8" : : "r"(0ul));
}

}  // namespace

void check_debug() {
  check_single_step();
  check_breakpoints();
  check_debug_registers();
  apic::enable();
  check_interrupt_shadow();
  check_task_priority();
}
