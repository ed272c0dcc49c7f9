#include "exceptions.h"

// Faults from the stack that an event goes to: SDM Vol. 3 §6.14.4, §6.14.5; Vol. 2 INT n.

namespace exceptions {

namespace {

constexpr const char* change = "Vol. 3 §6.14.4";
constexpr const char* table = "Vol. 3 §6.14.5";
constexpr u64 window = 0x40000000, page_size = 4096, present = 1, writable = 2;
constexpr u8 undefined_vector = 6, open = 0x80;
constexpr u8 faults[] = {8, 10, 11, 12, 13, 14};

alignas(page_size) u64 directory[512], pages[512];
alignas(page_size) u8 memory[page_size];

/// One page at `window`, another one that is not there below the next.
void map(u64 rights) {
  start_pdpt[1] = reinterpret_cast<u64>(directory) | present | writable;
  directory[0] = reinterpret_cast<u64>(pages) | present | writable;
  pages[0] = 0;
  pages[1] = reinterpret_cast<u64>(memory) | rights;
  write_cr3(read_cr3());
}

/// The faults' own handlers must not need RSP0.
void prepare(u64 rsp0) {
  load_tables();
  for (const u8 vector : faults) set_gate(vector, 0x8E, 1);
  set_gate(open, 0xEE);
  cpus[0].task_segment.rsp[0] = rsp0;
}

void check_level_change() {
  prepare(non_canonical);
  expect({"ES-01", change, "#UD at level 3 with RSP0 that is not canonical is #SS(EXT)"},
         in_user(user_undefined), 12, 1);
  Caught c = in_user(user_software);
  expect({"ES-02", change, "INT n there is #SS(0)"}, c, 12, 0);
  check({"ES-03", change, "which comes from level 3: its CS, SS and the INT itself are saved"},
        c.cs == selector::user_code64 && c.ss == selector::user_data &&
            c.rip == reinterpret_cast<u64>(user_software) &&
            c.rsp == reinterpret_cast<u64>(user_stack_end));
  prepare(bad_stack);
  c = in_user(user_undefined);
  expect({"ES-04", change, "RSP0 on a page that is not present is a #PF of a supervisor write"}, c,
         14, 2);
  equal({"ES-05", change, "at the first word of the frame"}, c.cr2, bad_stack - 8);
  map(present);
  prepare(window + 2 * page_size);
  expect({"ES-06", change, "RSP0 on a read-only page: P, W"}, in_user(user_undefined), 14, 3);
  map(present | writable);
  prepare(window + page_size + 16);
  c = in_user(user_software);
  check({"ES-07", change, "a frame that begins on a page and ends below it faults below"},
        c.vector == page_fault && c.error == 2 && c.cr2 == window + page_size - 8);
  check({"ES-08", change, "level 3 goes on from where it was"},
        c.cs == selector::user_code64 && c.rip == reinterpret_cast<u64>(user_software));
  prepare(window + 2 * page_size - 3);
  c = in_user(user_software);
  check({"ES-09", "Vol. 3 §6.14.2", "RSP0 is aligned before the frame is pushed"},
        c.vector == open && c.handler_rsp == window + 2 * page_size - 16 - 40);
  check({"ES-10", "Vol. 3 §6.14.4", "SS is null with RPL 0 at level 0"}, c.handler_ss == 0);
}

void check_interrupt_stack_table() {
  load_tables();
  for (const u8 vector : faults) set_gate(vector, 0x8E, 1);
  set_gate(open, 0xEE, 2);
  cpus[0].task_segment.ist[1] = non_canonical;
  expect({"ES-20", table, "an IST that is not canonical is #SS(0) for INT n of level 3"},
         in_user(user_software), 12, 0);
  cpus[0].task_segment.ist[1] = 0;
  const Caught c = in_user(user_software);
  check({"ES-21", table, "an IST of 0 is an address as any other: the frame ends at it"},
        c.vector == page_fault && c.error == 2 && c.cr2 == ~7ul);
  u64& task = cpus[0].gdt[selector::task / 8];
  task = (task & ~0xFFFFul & ~(2ul << 40)) | 0x53;
  asm volatile("ltr %0" : : "r"(selector::task));
  set_gate(open, 0xEE, 7);
  expect({"ES-22", table, "an IST behind the limit of the TSS is #TS(TR)"}, in_user(user_software),
         10, selector::task);
  set_gate(undefined_vector, 0x8E, 7);
  expect({"ES-23", table, "for an exception #TS(TR + EXT)"}, in_user(user_undefined), 10,
         selector::task + 1);
  load_tables();
}

}  // namespace

Caught in_user(const u8* code) {
  return attempt(
      [&] { enter_user(reinterpret_cast<u64>(code), reinterpret_cast<u64>(user_stack_end), 2); });
}

void check_stacks() {
  check_level_change();
  check_interrupt_stack_table();
  start_pdpt[1] = 0;
  write_cr3(read_cr3());
}

}  // namespace exceptions
