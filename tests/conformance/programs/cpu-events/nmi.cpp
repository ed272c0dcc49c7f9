#include "events.h"

// SDM Vol. 3 §6.7: NMIs and their blocking.

namespace events {

namespace {

constexpr const char* section = "Vol. 3 §6.7.1";
volatile u32 handlers, deepest, depth;

void settle() { delay(300'000); }

/// Handler that sends NMIs itself while it runs for the first time.
template <unsigned number>
void send_in_handler(Frame&) {
  depth = depth + 1;
  if (depth > deepest) deepest = depth;
  handlers = handlers + 1;
  if (handlers == 1)
    for (unsigned n = 0; n < number; ++n) {
      send_nmi();
      settle();
    }
  depth = depth - 1;
}

template <unsigned number>
u32 count_with() {
  handlers = deepest = depth = 0;
  set_handler(nmi_vector, send_in_handler<number>);
  send_nmi();
  settle();
  return handlers;
}

/// IRET inside of the handler ends the blocking, whatever it returns from.
void nested_return(Frame&) {
  handlers = handlers + 1;
  depth = depth + 1;
  if (depth > deepest) deepest = depth;
  if (handlers == 1) {
    send_nmi();
    settle();
    asm volatile(
        "mov %%rsp, %%rax; mov %%ss, %%ecx; push %%rcx; push %%rax; pushfq; mov %%cs, %%ecx; "
        "push %%rcx; lea 1f(%%rip), %%rax; push %%rax; iretq; 1:"
        :
        :
        : "rax", "rcx", "memory", "cc");
    settle();
  }
  depth = depth - 1;
}

void check_blocking() {
  equal({"CE-30", section, "an NMI comes in once"}, count_with<0>(), 1);
  equal({"XA-40", section, "one more in its handler comes after that"}, count_with<1>(), 2);
  equal({"CE-31", section, "not within it"}, deepest, 1);
  equal({"CE-32", section, "two more are one"}, count_with<2>(), 2);
  equal({"XA-41", section, "ten more are one"}, count_with<10>(), 2);
  handlers = deepest = depth = 0;
  set_handler(nmi_vector, nested_return);
  send_nmi();
  settle();
  check({"CE-33", section, "an IRET in the handler lets the next one in there"},
        handlers == 2 && deepest == 2);
}

/// An exception's IRET in the handler ends the blocking, too.
void fault_in_handler(Frame&) {
  handlers = handlers + 1;
  depth = depth + 1;
  if (depth > deepest) deepest = depth;
  if (handlers == 1) {
    send_nmi();
    settle();
    asm volatile("int3" : : : "memory");
    settle();
  }
  depth = depth - 1;
}

void check_exception() {
  constexpr u8 breakpoint = 3;
  set_handler(breakpoint, [](Frame&) {});
  handlers = deepest = depth = 0;
  set_handler(nmi_vector, fault_in_handler);
  send_nmi();
  settle();
  check({"CE-34", section, "so does the IRET of an exception in the handler"},
        handlers == 2 && deepest == 2);
  set_handler(breakpoint, nullptr);
}

/// Interrupts are let in by the handler's STI only, and do not touch the blocking.
void check_interrupt_in_handler() {
  install();
  set_handler(nmi_vector, [](Frame&) {
    nmi.count = nmi.count + 1;
    if (nmi.count != 1) return;
    apic::pend(vector);
    handlers = taken.count;
    interrupt_window();
    depth = taken.count;
  });
  send_nmi();
  settle();
  check(
      {"CE-35", "Vol. 3 §6.8.1", "the handler of an NMI runs with IF = 0; STI lets interrupts in"},
      nmi.count == 1 && handlers == 0 && depth == 1);
}

/// Whether the shadow of MOV SS holds an NMI back is left to the processor.
void check_shadow() {
  install();
  u64 at;
  static volatile u32 seen;
  apic::send_ipi(apic::icr::nmi | apic::icr::assert_level, cpus[0].apic_id);
  settle();
  equal({"CE-36", section, "NMI is not held back by IF = 0"}, nmi.count, 1);
  forget();
  begin(
      1,
      [](void*) {
        for (unsigned n = 0; n < 20; ++n) {
          send_nmi();
          delay(50'000);
        }
      },
      nullptr);
  seen = 0;
  for (;;) {
    asm volatile("lea 1f(%%rip), %0; mov %1, %%ss; 1: nop" : "=&r"(at) : "r"(u64{selector::data}));
    if (nmi.count && nmi.rip == at) seen = seen + 1;
    if (nmi.count) forget();
    if (cpus[1].finished == cpus[1].started) break;
  }
  one_of({"CE-37", "Vol. 3 §24.4.2", "MOV SS may hold an NMI back"}, seen != 0,
         {{0, "none of 20 came behind it"}, {1, "one came behind it"}});
  install();
}

}  // namespace

void check_nmi() {
  check_blocking();
  check_exception();
  check_interrupt_in_handler();
  check_shadow();
  install();
}

}  // namespace events
