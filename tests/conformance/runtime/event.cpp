#include "event.h"

#include "cpu.h"

extern "C" void event(Frame* frame);

namespace {

Handler handlers[256];

void record(Caught& c, const Frame& frame) {
  c.vector = frame.vector;
  c.error = frame.error;
  c.rip = frame.rip;
  c.cs = frame.cs;
  c.rflags = frame.rflags;
  c.rsp = frame.rsp;
  c.ss = frame.ss;
  c.rcx = frame.rcx;
  c.r11 = frame.r11;
  c.handler_rsp = reinterpret_cast<u64>(&frame.rip);
  asm volatile("mov %%cr2, %0" : "=r"(c.cr2));
  asm volatile("pushfq; pop %0" : "=r"(c.handler_flags));
  asm volatile("mov %%ss, %0" : "=r"(c.handler_ss));
  asm volatile("mov %%cs, %0" : "=r"(c.handler_cs));
}

[[noreturn]] void unexpected(const Frame& frame) {
  print("CPU ");
  print_decimal(this_cpu().number);
  print(": unexpected event ");
  print_decimal(frame.vector);
  print(" error ");
  print_hex(frame.error);
  print(" at ");
  print_hex(frame.rip);
  print("\n");
  give_up("an event outside of any attempt");
}

}  // namespace

Caught& caught() { return this_cpu().caught; }
Resume& resume() { return this_cpu().resume; }

/// Without a handler the first event is recorded and the attempt goes on behind its call, at level
/// 0 with interrupts disabled.
void event(Frame* frame) {
  if (handlers[frame->vector]) return handlers[frame->vector](*frame);
  Cpu& cpu = this_cpu();
  if (cpu.caught.count++ == 0) record(cpu.caught, *frame);
  if (cpu.resume.rip == 0) unexpected(*frame);
  frame->rip = cpu.resume.rip;
  frame->rsp = cpu.resume.rsp;
  frame->cs = selector::code64;
  frame->ss = selector::data;
  frame->rflags = 2;
}

void set_handler(unsigned vector, Handler handler) { handlers[vector] = handler; }

bool expect(const Rule& rule, const Caught& c, u64 vector, u64 error) {
  const bool holds = c.vector == vector && c.error == error;
  check(rule, holds);
  if (holds) return true;
  print("       got vector ");
  print_hex(c.vector);
  print(" error ");
  print_hex(c.error);
  print(" rip ");
  print_hex(c.rip);
  print(" cr2 ");
  print_hex(c.cr2);
  print("\n");
  return false;
}

bool expect_none(const Rule& rule, const Caught& c) { return expect(rule, c, Caught::none, 0); }

MsrRead try_read_msr(u32 index) {
  u64 value = 0;
  const Caught c = attempt([&] { value = read_msr(index); });
  return {c.vector == general_protection && c.error == 0, value};
}

bool try_write_msr(u32 index, u64 value) {
  return attempt([&] { write_msr(index, value); }).vector == Caught::none;
}
