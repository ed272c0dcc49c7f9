#include "exceptions.h"

// Events that need nothing but an instruction, and those that a message brings.

namespace exceptions {

namespace {

using namespace apic;

constexpr u64 task_switched = 1 << 3, monitor_coprocessor = 1 << 1;

void single_step() { asm volatile("pushfq; orl $0x100, (%%rsp); popfq; nop" : : : "memory", "cc"); }
void nmi() {
  send_ipi(icr::nmi | icr::assert_level, cpus[0].apic_id);
  delay(1'000'000);
}
void breakpoint() { asm volatile("int3"); }
void undefined() { asm volatile("ud2"); }
void no_coprocessor() {
  write_cr0(read_cr0() | task_switched | monitor_coprocessor);
  asm volatile("fwait");
}
void by_software() { asm volatile("int $0x45"); }
void interrupt() {
  pend(external);
  asm volatile("sti; nop; nop" : : : "memory");
  delay(1'000'000);
}
void divide() {
  asm volatile("xor %%edx, %%edx; xor %%ecx, %%ecx; mov $1, %%eax; div %%ecx"
               :
               :
               : "rax", "rcx", "rdx");
}
/// IST 7 lies behind the limit that during() and undisturbed() set.
void invalid_task() {
  set_gate(software, 0x8E, 7);
  asm volatile("int $0x45");
}
void absent_segment() { asm volatile("mov %0, %%es" : : "r"(u32{selector::spare})); }
void absent_stack() { asm volatile("mov %0, %%ss" : : "r"(u32{selector::spare})); }
void general() { asm volatile("mov (%0), %%al" : : "r"(non_canonical) : "rax"); }
void page() { asm volatile("mov (%0), %%al" : : "r"(nowhere) : "rax"); }

}  // namespace

const First firsts[] = {
    {"#DB", 1, Class::benign, true, single_step},
    {"NMI", 2, Class::benign, true, nmi},
    {"INT3", 3, Class::benign, false, breakpoint},
    {"#UD", 6, Class::benign, true, undefined},
    {"#NM", 7, Class::benign, true, no_coprocessor},
    {"INT n", software, Class::benign, false, by_software},
    {"an interrupt", external, Class::benign, true, interrupt},
    {"#DE", 0, Class::contributory, true, divide},
    {"#TS", 10, Class::contributory, true, invalid_task},
    {"#NP", 11, Class::contributory, true, absent_segment},
    {"#SS", 12, Class::contributory, true, absent_stack},
    {"#GP", 13, Class::contributory, true, general},
    {"#PF", 14, Class::page_fault, true, page},
};
const unsigned first_count = sizeof firsts / sizeof *firsts;

}  // namespace exceptions
