#include "runtime.h"

extern "C" {
Caught caught;
Resume resume;
extern u8 stubs[];
void event(Frame* frame);
void run_all();
alignas(16) u8 inner_stack[8192];
alignas(16) u8 ist_stacks[2][4096];
[[gnu::section(".user")]] alignas(16) u8 user_stack[4096] = {1};
}

alignas(16) u64 gdt[16];
alignas(16) TaskSegment task_segment;
alignas(16) Gate idt[256];

namespace {

constexpr u16 serial = 0x3F8;
unsigned rules, broken;

void put(char c) {
  while (!(in8(serial + 5) & 0x20)) {
  }
  out8(serial, static_cast<u8>(c));
}

void print_decimal(unsigned value) {
  if (value >= 10) print_decimal(value / 10);
  put(static_cast<char>('0' + value % 10));
}

}  // namespace

void print(const char* text) {
  for (; *text; ++text) put(*text);
}

void print_hex(u64 value) {
  bool started = false;
  print("0x");
  for (int shift = 60; shift >= 0; shift -= 4) {
    const unsigned digit = (value >> shift) & 15;
    started = started || digit || shift == 0;
    if (started) put("0123456789abcdef"[digit]);
  }
}

void check(bool ok, const char* section, const char* rule) {
  ++rules;
  if (!ok) ++broken;
  print(ok ? "ok     " : "not ok ");
  print(section);
  print(": ");
  print(rule);
  print("\n");
}

void expect(const Caught& c, u64 vector, u64 error, const char* section, const char* rule) {
  const bool ok = c.vector == vector && c.error == error;
  check(ok, section, rule);
  if (ok) return;
  print("       got vector ");
  print_hex(c.vector);
  print(" error ");
  print_hex(c.error);
  print(" rip ");
  print_hex(c.rip);
  print(" cr2 ");
  print_hex(c.cr2);
  print("\n");
}

void expect_none(const Caught& c, const char* section, const char* rule) {
  expect(c, Caught::none, 0, section, rule);
}

/// Records the first event. With a place to resume it goes on there at level 0, else behind the
/// event (traps).
void event(Frame* frame) {
  if (caught.count++ == 0) {
    caught.vector = frame->vector;
    caught.error = frame->error;
    caught.rip = frame->rip;
    caught.cs = frame->cs;
    caught.rflags = frame->rflags;
    caught.rsp = frame->rsp;
    caught.ss = frame->ss;
    caught.rcx = frame->rcx;
    caught.r11 = frame->r11;
    caught.handler_rsp = reinterpret_cast<u64>(&frame->rip);
    asm volatile("mov %%cr2, %0" : "=r"(caught.cr2));
    asm volatile("pushfq; pop %0" : "=r"(caught.handler_flags));
    asm volatile("mov %%ss, %0" : "=r"(caught.handler_ss));
    asm volatile("mov %%cs, %0" : "=r"(caught.handler_cs));
  }
  if (resume.rip == 0) {
    print("unexpected event ");
    print_hex(frame->vector);
    print(" at ");
    print_hex(frame->rip);
    print("\n");
    out8(0xF4, 2);
    for (;;) asm volatile("hlt");
  }
  frame->rip = resume.rip;
  frame->rsp = resume.rsp;
  frame->cs = selector::code64;
  frame->ss = selector::data;
  frame->rflags = 2;
}

void set_gate(unsigned vector, u8 type_and_rights, u8 ist) {
  u64 at = reinterpret_cast<u64>(stubs) + 16 * vector;
  idt[vector] = {static_cast<u16>(at),       selector::code64,           ist, type_and_rights,
                 static_cast<u16>(at >> 16), static_cast<u32>(at >> 32), 0};
}

u64 user_stack_top() { return reinterpret_cast<u64>(user_stack) + sizeof user_stack; }

void load_tables() {
  struct [[gnu::packed]] {
    u16 limit;
    u64 base;
  } pointer;
  gdt[1] = 0x00CF9B000000FFFF;
  gdt[2] = 0x00AF9B000000FFFF;
  gdt[3] = 0x00CF93000000FFFF;
  gdt[4] = 0x00CFFB000000FFFF;
  gdt[5] = 0x00CFF3000000FFFF;
  gdt[6] = 0x00AFFB000000FFFF;
  const u64 base = reinterpret_cast<u64>(&task_segment);
  gdt[7] = (sizeof task_segment - 1) | (base & 0xFFFFFF) << 16 | 0x89ull << 40 |
           (base >> 24 & 0xFF) << 56;
  gdt[8] = base >> 32;
  task_segment.rsp[0] = reinterpret_cast<u64>(inner_stack) + sizeof inner_stack;
  task_segment.ist[0] = reinterpret_cast<u64>(ist_stacks[0]) + sizeof ist_stacks[0];
  task_segment.ist[1] = reinterpret_cast<u64>(ist_stacks[1]) + sizeof ist_stacks[1] - 8;
  task_segment.io_map = __builtin_offsetof(TaskSegment, io_bits);
  for (u8& byte : task_segment.io_bits) byte = 0xFF;
  for (unsigned n = 0; n < 256; ++n) set_gate(n, 0x8E);
  pointer = {sizeof gdt - 1, reinterpret_cast<u64>(gdt)};
  asm volatile("lgdt %0" : : "m"(pointer));
  pointer = {sizeof idt - 1, reinterpret_cast<u64>(idt)};
  asm volatile("lidt %0" : : "m"(pointer));
  asm volatile("ltr %0" : : "r"(selector::task));
  set_gate(0x80, 0xEE);
}

void run_all() {
  load_tables();
  check_faults();
  check_paging();
  check_privilege();
  check_segments();
  check_registers();
  check_debug();
  print_decimal(rules);
  print(" rules, ");
  print_decimal(broken);
  print(" not ok\n");
  out8(0xF4, broken ? 1 : 0);
}
