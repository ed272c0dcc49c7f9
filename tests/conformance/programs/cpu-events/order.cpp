#include "events.h"

// SDM Vol. 3 Table 6-2: what is first when several events wait at one boundary.

namespace events {

namespace {

constexpr const char* section = "Vol. 3 Table 6-2";
constexpr u8 debug_vector = 1;
u8 order[8];
volatile unsigned events_seen;

void note(Frame& frame) {
  if (events_seen < sizeof order) order[events_seen] = static_cast<u8>(frame.vector);
  events_seen = events_seen + 1;
}

void note_interrupt(Frame& frame) {
  note(frame);
  apic::end_interrupt();
}

void note_trap(Frame& frame) {
  note(frame);
  frame.rflags &= ~0x100ul;
}

void expect_order(const Rule& rule, u8 first, u8 second) {
  if (events_seen == 2 && order[0] == first && order[1] == second) return void(check(rule, true));
  equal(rule, u64{events_seen} << 16 | u64{order[0]} << 8 | order[1],
        0x20000 | u64{first} << 8 | second);
}

/// A trap of the single step behind an instruction that lets an interrupt in: the trap is delivered
/// first, and the interrupt comes in at the first instruction of its handler or behind it.
void check_trap_and_interrupt() {
  events_seen = 0;
  apic::pend(vector);
  asm volatile("pushfq; orq $0x300, (%%rsp); popfq; nop; cli; nop" : : : "memory", "cc");
  disable_interrupts();
  interrupt_window();
  one_of({"CE-40", section, "POPF that sets TF and IF: the interrupt, then the single step"},
         events_seen == 2 ? u64{order[0]} << 8 | order[1] : 0,
         {{u64{vector} << 8 | debug_vector, "interrupt first"}});
}

/// Behind MOV SS no single step is reported: the next one is behind the instruction after it.
void check_trap_shadow() {
  static u64 trapped;
  trapped = 0;
  set_handler(debug_vector, [](Frame& frame) {
    trapped = frame.rip;
    frame.rflags &= ~0x100ul;
  });
  u64 behind;
  asm volatile("lea 1f(%%rip), %0; pushfq; orq $0x100, (%%rsp); popfq; mov %1, %%ss; nop; 1: nop"
               : "=&r"(behind)
               : "r"(u64{selector::data})
               : "memory", "cc");
  equal({"CE-47", "Vol. 3 §6.8.3", "MOV SS holds back the single step, too"}, trapped, behind);
  set_handler(debug_vector, note_trap);
}

void check_interrupt_order() {
  events_seen = 0;
  apic::pend(0x51);
  apic::pend(vector);
  interrupt_window();
  expect_order({"CE-41", section, "of two interrupts the higher vector"}, vector, 0x51);
}

/// Both become pending while the shadow of MOV SS or an NMI blocks them.
void check_nmi_and_interrupt() {
  events_seen = 0;
  set_handler(nmi_vector, [](Frame& frame) {
    note(frame);
    if (events_seen != 1) return;
    send_nmi();
    apic::pend(vector);
    delay(100'000);
  });
  enable_interrupts();
  send_nmi();
  delay(100'000);
  disable_interrupts();
  check({"CE-42", section, "an NMI goes before an interrupt"},
        events_seen == 3 && order[0] == nmi_vector && order[1] == nmi_vector && order[2] == vector);
}

/// A fault of the instruction itself comes after what was pending before it.
void check_interrupt_and_fault() {
  events_seen = 0;
  set_handler(6, [](Frame& frame) {
    note(frame);
    frame.rip += 2;
  });
  apic::pend(vector);
  asm volatile("sti; nop; ud2; cli" : : : "memory");
  expect_order({"CE-43", section, "an interrupt goes before a fault of the next instruction"},
               vector, 6);
  events_seen = 0;
  apic::pend(vector);
  asm volatile("sti; ud2; cli" : : : "memory");
  expect_order({"CE-44", section, "a fault in the shadow of STI comes before the interrupt"}, 6,
               vector);
  set_handler(6, nullptr);
}

/// INT n in the shadow is an instruction like others; its gate clears IF.
void check_software_interrupt() {
  events_seen = 0;
  set_handler(0x70, [](Frame& frame) { note(frame); });
  apic::pend(vector);
  asm volatile("sti; int $0x70; nop; cli" : : : "memory");
  expect_order({"CE-45", section, "INT n in the shadow of STI runs before the interrupt"}, 0x70,
               vector);
}

void check_priority_over_task() {
  events_seen = 0;
  apic::write(apic::reg::tpr, 0x70);
  apic::pend(vector);
  send_nmi();
  interrupt_window();
  delay(100'000);
  equal({"CE-46", section, "TPR holds the interrupt back, not the NMI"},
        u64{events_seen} << 8 | order[0], 0x100 | nmi_vector);
  apic::write(apic::reg::tpr, 0);
  interrupt_window();
}

}  // namespace

void check_order() {
  set_handler(vector, note_interrupt);
  set_handler(0x51, note_interrupt);
  set_handler(debug_vector, note_trap);
  check_trap_and_interrupt();
  check_trap_shadow();
  check_interrupt_order();
  check_nmi_and_interrupt();
  check_interrupt_and_fault();
  check_software_interrupt();
  set_handler(nmi_vector, note);
  check_priority_over_task();
}

}  // namespace events
