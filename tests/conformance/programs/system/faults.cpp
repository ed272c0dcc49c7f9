#include "system.h"

// Exceptions of single instructions and how they are delivered, SDM Vol. 3 chapter 6.

namespace {

u64 non_canonical = 0x0000800000000000;
alignas(16) u8 pair[32];

void check_canonical() {
  expect({"EX-01", "Vol. 1 §3.3.7.1", "a load from a non-canonical address is #GP(0)"}, attempt([] {
           asm volatile("mov (%0), %%al" : : "r"(non_canonical) : "rax");
         }),
         13, 0);
  expect({"EX-02", "Vol. 1 §3.3.7.1", "a store to a non-canonical address is #GP(0)"}, attempt([] {
           asm volatile("mov %%al, (%0)" : : "r"(0xFFFF7FFFFFFFFFFFul) : "memory");
         }),
         13, 0);
  expect({"EX-03", "Vol. 1 §3.3.7.1", "a non-canonical address through RBP is #SS(0)"}, attempt([] {
           asm volatile("xchg %0, %%rbp; mov (%%rbp), %%al; xchg %0, %%rbp"
                        : "+r"(non_canonical)
                        :
                        : "rax");
         }),
         12, 0);
  non_canonical = 0x0000800000000000;
  for (const unsigned vector : stack_fault_vectors) set_gate(vector, 0x8E, 1);
  expect({"EX-04", "Vol. 1 §3.3.7.1", "a push to a non-canonical address is #SS(0)"}, attempt([] {
           asm volatile("mov %0, %%rsp; push %%rax" : : "r"(0x8000000000000000ul));
         }),
         12, 0);
  for (const unsigned vector : stack_fault_vectors) set_gate(vector, 0x8E);
  expect({"EX-05", "Vol. 2 JMP", "a jump to a non-canonical address is #GP(0)"}, attempt([] {
           asm volatile("jmp *%0" : : "r"(non_canonical));
         }),
         13, 0);
}

void check_opcodes() {
  const Caught ud = attempt([] { asm volatile("ud2"); });
  expect({"EX-06", "Vol. 2 UD", "UD2 is #UD"}, ud, 6, 0);
  check({"EX-07", "Vol. 3 §17.3.1.1", "a fault pushes RFLAGS with RF set"},
        (ud.rflags >> 16 & 1) == 1);
  check({"EX-08", "Vol. 3 §6.8.1", "an interrupt gate clears IF"},
        (ud.handler_flags >> 9 & 1) == 0);
  expect({"EX-09", "Vol. 2 table A-3", "an opcode that does not exist is #UD"},
         attempt([] { asm volatile(".byte 0x0f, 0x04"); }), 6, 0);
  expect({"EX-10", "Vol. 2 LOCK", "LOCK with an instruction that does not allow it is #UD"},
         attempt([] { asm volatile(".byte 0xf0, 0x90"); }), 6, 0);
  expect({"EX-11", "Vol. 2 MOV", "MOV to CS is #UD"},
         attempt([] { asm volatile(".byte 0x8e, 0xc8"); }), 6, 0);
  expect({"EX-12", "Vol. 2 PUSH", "PUSH ES in 64-bit mode is #UD"},
         attempt([] { asm volatile(".byte 0x06"); }), 6, 0);
  expect({"EX-13", "Vol. 2 §2.3.11", "an instruction longer than 15 bytes is #GP(0)"}, attempt([] {
           asm volatile(
               ".byte "
               "0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x90");
         }),
         13, 0);
  expect({"EX-14", "Vol. 3 §6.15", "division by zero is #DE"}, attempt([] {
           asm volatile("xor %%edx, %%edx; xor %%ecx, %%ecx; mov $1, %%eax; div %%ecx"
                        :
                        :
                        : "rax", "rcx", "rdx");
         }),
         0, 0);
  expect({"EX-15", "Vol. 2 DIV", "a quotient that does not fit is #DE"}, attempt([] {
           asm volatile("mov $-1, %%rax; mov $1, %%rdx; mov $1, %%ecx; div %%rcx"
                        :
                        :
                        : "rax", "rcx", "rdx");
         }),
         0, 0);
}

void check_cmpxchg16b() {
  expect({"EX-16", "Vol. 2 CMPXCHG16B", "an operand that is not aligned to 16 bytes is #GP(0)"},
         attempt([] {
           asm volatile("cmpxchg16b (%0)" : : "r"(pair + 8) : "rax", "rbx", "rcx", "rdx", "memory");
         }),
         13, 0);
  expect_none(
      {"EX-17", "Vol. 2 CMPXCHG16B", "an aligned operand is fine with LOCK"}, attempt([] {
        asm volatile("lock cmpxchg16b (%0)" : : "r"(pair) : "rax", "rbx", "rcx", "rdx", "memory");
      }));
}

void check_software_interrupts() {
  Caught c = attempt([] { asm volatile("int3; nop"); });
  expect({"EX-18", "Vol. 2 INT3", "INT3 is #BP"}, c, 3, 0);
  check({"EX-19", "Vol. 3 §6.5", "#BP returns behind the INT3"},
        *reinterpret_cast<u8*>(c.rip - 1) == 0xCC);
  check({"EX-20", "Vol. 3 §17.3.1.1", "a trap pushes RFLAGS with RF clear"},
        (c.rflags >> 16 & 1) == 0);
  c = attempt([] { asm volatile("int $0x45; nop"); });
  expect({"EX-21", "Vol. 2 INT n", "INT n goes through gate n"}, c, 0x45, 0);
  idt[0x46].type = 0x0E;
  expect({"EX-22", "Vol. 3 §6.13",
          "a gate that is not present is #NP(vector * 8 + IDT), EXT clear for INT n"},
         attempt([] { asm volatile("int $0x46"); }), 11, 0x46 * 8 + 2);
  idt[0x46].type = 0x8C;
  expect({"EX-23", "Vol. 3 §6.14.1", "a call gate in the IDT is #GP(vector * 8 + IDT)"},
         attempt([] { asm volatile("int $0x46"); }), 13, 0x46 * 8 + 2);
  set_gate(0x46, 0x8E);
  idt[0x46].selector = 0;
  expect({"EX-24", "Vol. 2 INT n", "a null selector in the gate is #GP(0)"},
         attempt([] { asm volatile("int $0x46"); }), 13, 0);
  idt[0x46].selector = selector::data;
  expect({"EX-25", "Vol. 2 INT n", "a gate to a data segment is #GP(selector)"},
         attempt([] { asm volatile("int $0x46"); }), 13, selector::data);
  idt[0x46].selector = selector::code32;
  expect({"EX-26", "Vol. 3 §6.14.1", "a gate to a 32-bit code segment is #GP(selector)"},
         attempt([] { asm volatile("int $0x46"); }), 13, selector::code32);
  set_gate(0x46, 0x8E);
}

void check_frame() {
  Caught c = attempt([] { asm volatile("sub $3, %%rsp; int $0x45" : : : "memory"); });
  check({"EX-27", "Vol. 3 §6.14.2", "the frame is aligned to 16 bytes"}, (c.handler_rsp & 15) == 8);
  check({"EX-28", "Vol. 3 §6.14.2", "SS and CS are pushed without a change of level, too"},
        c.ss == selector::data && c.cs == selector::code64);
  set_gate(0x45, 0x8F);
  c = attempt([] { asm volatile("sti; int $0x45"); });
  check({"EX-29", "Vol. 3 §6.8.1", "a trap gate leaves IF alone"}, (c.handler_flags >> 9 & 1) == 1);
  set_gate(0x45, 0x8E, 1);
  c = attempt([] { asm volatile("int $0x45"); });
  check({"EX-30", "Vol. 3 §6.14.5", "IST 1 switches the stack"},
        c.handler_rsp == task_segment.ist[0] - 40);
  check({"EX-31", "Vol. 3 §6.14.5", "IST at the same level keeps SS"},
        c.handler_ss == selector::data);
  set_gate(0x45, 0x8E, 2);
  c = attempt([] { asm volatile("int $0x45"); });
  check({"EX-32", "Vol. 3 §6.14.2", "a stack pointer from the IST is aligned, too"},
        c.handler_rsp == (task_segment.ist[1] & ~15ul) - 40);
  set_gate(0x45, 0x8E);
}

void check_double_fault() {
  set_gate(8, 0x8E, 1);
  idt[6].type = 0x0E;
  expect(
      {"EX-33", "Vol. 3 table 6-5", "#NP while delivering #UD (benign) is delivered, with EXT set"},
      attempt([] { asm volatile("ud2"); }), 11, 6 * 8 + 3);
  set_gate(6, 0x8E);
  idt[13].type = 0x0E;
  expect({"EX-34", "Vol. 3 table 6-5", "#NP while delivering #GP is #DF(0)"}, attempt([] {
           asm volatile("mov (%0), %%al" : : "r"(non_canonical) : "rax");
         }),
         8, 0);
  set_gate(13, 0x8E);
  idt[14].type = 0x0E;
  expect({"EX-35", "Vol. 3 table 6-5", "#NP while delivering #PF is #DF(0)"}, attempt([] {
           asm volatile("mov (%0), %%al" : : "r"(0x7000000000ul) : "rax");
         }),
         8, 0);
  set_gate(14, 0x8E);
  set_gate(8, 0x8E);
}

}  // namespace

void check_faults() {
  check_canonical();
  check_opcodes();
  check_cmpxchg16b();
  check_software_interrupts();
  check_frame();
  check_double_fault();
}
