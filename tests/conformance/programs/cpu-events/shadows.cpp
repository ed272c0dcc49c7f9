#include "events.h"

// Where an interrupt may come in, and how HLT ends.

namespace events {

namespace {

// Runs `code`, which holds a label 9: where the interrupt is expected, with the vector pending.
#define INTERRUPTED_IN(code)                                           \
  [] {                                                                 \
    forget();                                                          \
    apic::pend(vector);                                                \
    u64 expected;                                                      \
    asm volatile("lea 9f(%%rip), %0\n" code                            \
                 : "=&r"(expected)                                     \
                 : "r"(u64{selector::data}), "r"(u64{0})               \
                 : "rax", "rcx", "rdx", "rdi", "rsi", "memory", "cc"); \
    disable_interrupts();                                              \
    return taken.count == 1 ? taken.rip - expected : ~0ul;             \
  }()

void check_at(const Rule& rule, u64 distance) {
  equal(rule, distance, 0);
  interrupt_window();
}

void check_enabling() {
  check_at({"CE-01", "Vol. 2 STI", "STI: after the instruction behind it"},
           INTERRUPTED_IN("sti; nop; 9: nop; nop"));
  check_at({"CE-02", "Vol. 2 STI", "another STI behind that has no say"},
           INTERRUPTED_IN("sti; nop; 9: sti; nop"));
  check_at({"CE-03", "Vol. 2 POPF", "POPF: at once"},
           INTERRUPTED_IN("pushfq; orq $0x200, (%%rsp); popfq; 9: nop; nop"));
  check_at({"CE-04", "Vol. 2 IRET", "IRET: at once"},
           INTERRUPTED_IN("mov %%rsp, %%rax; mov %%ss, %%ecx; push %%rcx; push %%rax; pushfq; "
                          "orq $0x200, (%%rsp); mov %%cs, %%ecx; push %%rcx; lea 9f(%%rip), %%rax; "
                          "push %%rax; iretq; 9: nop; nop"));
  one_of({"CE-05", "Vol. 3 §6.8.3", "STI, MOV SS: only the first shadow is certain"},
         INTERRUPTED_IN("sti; mov %1, %%ss; nop; 9: nop; nop"),
         {{0, "both hold"}, {~0ul, "the first one holds"}});
  interrupt_window();
  check_at({"CE-06", "Vol. 3 §6.8.3", "an interrupt that waits comes before MOV SS"},
           INTERRUPTED_IN("sti; nop; 9: mov %1, %%ss; mov %1, %%ss; nop; nop"));
  check_at({"CE-07", "Vol. 3 §6.8.1", "a jump under STI is one instruction, too"},
           INTERRUPTED_IN("sti; jmp 9f; nop; 9: nop"));
  check_at({"CE-08", "Vol. 3 §11.8.6", "MOV CR8 that lowers the priority: behind it"},
           INTERRUPTED_IN("mov $15, %%eax; mov %%rax, %%cr8; sti; nop; nop; mov %2, %%cr8; 9: nop; "
                          "nop"));
}

void check_not_taken() {
  forget();
  apic::pend(vector);
  asm volatile("sti; cli; nop; nop" : : : "memory");
  equal({"CE-10", "Vol. 2 STI", "STI; CLI lets nothing in"}, taken.count, 0);
  asm volatile("pushfq; orq $0x200, (%%rsp); mov %0, %%ss; popfq; cli; nop"
               :
               : "r"(u64{selector::data})
               : "memory", "cc");
  one_of({"CE-11", "Vol. 2 POPF", "POPF; CLI lets it in between"}, taken.count, {{1, "taken"}});
  interrupt_window();
}

/// An interrupt comes between two iterations and the instruction goes on after it.
void check_string() {
  constexpr const char* section = "Vol. 2 REP";
  static u8 from[4096], to[4096];
  for (unsigned n = 0; n < sizeof from; ++n) from[n] = static_cast<u8>(n * 7);
  forget();
  apic::pend(vector);
  u64 at, source = reinterpret_cast<u64>(from), target = reinterpret_cast<u64>(to);
  u64 count = sizeof from;
  asm volatile("lea 1f(%%rip), %0; sti; 1: rep movsb; cli"
               : "=&r"(at), "+S"(source), "+D"(target), "+c"(count)
               :
               : "memory", "cc");
  bool copied = count == 0;
  for (unsigned n = 0; n < sizeof to; ++n) copied = copied && to[n] == from[n];
  one_of({"CE-12", section, "an interrupt comes within REP MOVSB, or behind it"}, taken.rip - at,
         {{0, "within"}, {2, "behind"}});
  check({"CE-13", section, "and everything is copied"}, copied && taken.count == 1);
}

}  // namespace

void check_shadows() {
  check_enabling();
  check_not_taken();
  check_string();
}

void check_wake() {
  check_at({"CE-20", "Vol. 2 HLT", "STI; HLT with an interrupt pending: it is taken behind HLT"},
           INTERRUPTED_IN("sti; hlt; 9: nop"));
  check_at({"CE-21", "Vol. 2 HLT", "HLT at IF = 1 likewise"},
           INTERRUPTED_IN("sti; nop; 9: nop; nop"));
  forget();
  apic::write(apic::reg::divide, 0xB);
  apic::write(apic::reg::lvt_timer, vector);
  apic::write(apic::reg::initial_count, 100'000);
  u64 behind;
  asm volatile("lea 1f(%%rip), %0; sti; hlt; 1: nop; cli" : "=r"(behind) : : "memory");
  check({"CE-22", "Vol. 2 HLT", "an interrupt ends HLT; the handler returns behind it"},
        taken.count == 1 && taken.rip == behind);
  apic::write(apic::reg::lvt_timer, apic::lvt::masked);
  forget();
  begin(
      1,
      [](void*) {
        delay(3'000'000);
        send_nmi();
      },
      nullptr);
  asm volatile("lea 1f(%%rip), %0; cli; hlt; 1: nop" : "=r"(behind) : : "memory");
  wait_for(1);
  check({"CE-23", "Vol. 2 HLT", "an NMI ends HLT with IF = 0"},
        nmi.count == 1 && nmi.rip == behind);
  constexpr u32 rounds = 200;
  forget();
  begin(
      1,
      [](void*) {
        for (u32 round = 0; round < rounds; ++round) {
          apic::send_ipi(vector, cpus[0].apic_id);
          wait_until([&] { return taken.count > round; });
        }
      },
      nullptr);
  while (taken.count < rounds) asm volatile("sti; hlt; cli" : : : "memory");
  wait_for(1);
  equal({"XA-52", "Vol. 2 HLT", "200 messages to a processor in HLT wake it 200 times"},
        taken.count, rounds);
}

}  // namespace events
