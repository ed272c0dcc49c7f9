#include "exceptions.h"

// What the handler of the second event, or of the double fault, finds.

namespace exceptions {

namespace {

constexpr const char* section = "Vol. 3 §6.15";
constexpr u8 undefined_vector = 6;

void check_saved_state() {
  load_tables();
  idt[undefined_vector].type = 0x0E;
  u64 at = 0, rsp = 0;
  Caught c = attempt([&] {
    asm volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; mov %%rsp, %1; 1: ud2"
                 : "=m"(at), "=m"(rsp)
                 :
                 : "rax", "memory");
  });
  check({"EE-01", section, "the saved RIP is that of the instruction which began it all"},
        c.rip == at);
  check({"EE-02", section, "so is the saved RSP"}, c.rsp == rsp);
  load_tables();
  cpus[0].task_segment.ist[1] = bad_stack;
  set_gate(software, 0x8E, 2);
  c = attempt([&] {
    asm volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; mov %%rsp, %1; 1: int $0x45"
                 : "=m"(at), "=m"(rsp)
                 :
                 : "rax", "memory");
  });
  check({"EE-03", section, "an INT n whose delivery faults has not been executed: RIP is its own"},
        c.vector == page_fault && c.rip == at && c.rsp == rsp);
  check({"EE-04", "Vol. 3 §4.7", "CR2 is the first word of the frame that does not fit"},
        c.cr2 == bad_stack - 8);
  check({"EE-05", section, "the handler runs on the stack of before"},
        c.handler_rsp < rsp && c.handler_rsp + 256 > rsp);
  load_tables();
}

void check_flags() {
  load_tables();
  idt[external].type = 0x0E;
  const Caught c = attempt([] {
    apic::pend(external);
    asm volatile("sti; nop; nop" : : : "memory");
    delay(1'000'000);
  });
  check({"EE-06", "Vol. 3 §6.8.1", "IF is saved as it was: the gate has not been passed"},
        c.vector == 11 && (c.rflags >> 9 & 1) && !(c.handler_flags >> 9 & 1));
  check({"EE-07", "Vol. 3 §11.8.4", "the interrupt itself has been accepted: it is in service"},
        apic::vector_bit(apic::reg::isr, external) && !apic::vector_bit(apic::reg::irr, external));
  load_tables();
  apic::drain();
}

void check_double_fault() {
  load_tables();
  set_gate(double_fault, 0x8E, 1);
  idt[page_fault].type = 0x0E;
  const Caught c = attempt([] { asm volatile("mov (%0), %%al" : : "r"(nowhere + 0x123) : "rax"); });
  check({"EE-08", section, "#DF keeps CR2 of the page fault"},
        c.vector == double_fault && c.cr2 == nowhere + 0x123);
  check({"EE-09", "Vol. 3 §6.14.5", "#DF goes to the stack of its IST"},
        c.handler_rsp == (cpus[0].task_segment.ist[0] & ~15ul) - 48 + 8);
  load_tables();
  set_gate(double_fault, 0x8E, 1);
  idt[13].type = 0x0E;
  expect({"EE-10", section, "INT 13 is no #GP: a fault in its delivery is not doubled"},
         attempt([] { asm volatile("int $13"); }), 11, 13 * 8 + idt_bit);
  idt[page_fault].type = 0x0E;
  expect({"EE-11", section, "INT 14 is no #PF, either"}, attempt([] { asm volatile("int $14"); }),
         11, 14 * 8 + idt_bit);
  load_tables();
}

/// Benign, contributory, contributory: the third one doubles the second.
void check_three() {
  load_tables();
  set_gate(double_fault, 0x8E, 1);
  idt[undefined_vector].type = 0x0E;
  idt[11].type = 0x8C;
  expect({"EE-12", section, "#GP while #NP is delivered, which #UD brought, is #DF(0)"},
         attempt([] { asm volatile("ud2"); }), double_fault, 0);
  load_tables();
  set_gate(double_fault, 0x8E, 1);
  cpus[0].task_segment.ist[1] = bad_stack;
  set_gate(undefined_vector, 0x8E, 2);
  idt[page_fault].type = 0x0E;
  expect({"EE-13", section, "#NP while #PF is delivered, which #UD brought, is #DF(0)"},
         attempt([] { asm volatile("ud2"); }), double_fault, 0);
  load_tables();
}

}  // namespace

void check_details() {
  check_saved_state();
  check_flags();
  check_double_fault();
  check_three();
}

}  // namespace exceptions
