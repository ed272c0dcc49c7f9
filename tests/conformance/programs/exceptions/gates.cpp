#include "exceptions.h"

// Faults from the IDT, its gates and their code segments: SDM Vol. 3 §6.13, §6.14.1; Vol. 2 INT n.

namespace exceptions {

namespace {

constexpr const char* codes = "Vol. 3 §6.13";
constexpr const char* gates = "Vol. 3 §6.14.1";
constexpr const char* instruction = "Vol. 2 INT n";

struct [[gnu::packed]] TablePointer {
  u16 limit;
  u64 base;
};
void load_idt(const void* base, u16 limit) {
  const TablePointer pointer{limit, reinterpret_cast<u64>(base)};
  asm volatile("lidt %0" : : "m"(pointer));
}
Caught by_software() {
  return attempt([] { asm volatile("int $0x45"); });
}
Caught undefined() {
  return attempt([] { asm volatile("ud2"); });
}
Caught through(u16 segment) {
  idt[software].selector = segment;
  const Caught c = by_software();
  set_gate(software, 0x8E);
  return c;
}

void check_limit() {
  load_idt(idt, 16 * software - 1);
  expect({"EG-01", codes, "INT n behind the limit of the IDT is #GP(vector * 8 + IDT)"},
         by_software(), 13, software * 8 + idt_bit);
  load_idt(idt, 16 * software + 14);
  expect({"EG-02", codes, "also when the last byte of the gate is behind it"}, by_software(), 13,
         software * 8 + idt_bit);
  load_idt(idt, 16 * software + 15);
  expect({"EG-03", codes, "the limit may be that of the last gate"}, by_software(), software, 0);
  load_idt(idt, 16 * external - 1);
  const Caught c = attempt([] {
    apic::pend(external);
    asm volatile("sti; nop; nop" : : : "memory");
    delay(1'000'000);
  });
  expect({"EG-04", codes, "an interrupt behind it is #GP(vector * 8 + IDT + EXT)"}, c, 13,
         external * 8 + idt_bit + 1);
  load_tables();
  apic::drain();
}

/// The page border lies within the IDT: gates 0 to 31 are there, the others are not.
void check_absent_page() {
  constexpr u64 window = 0x40000000, page_size = 4096;
  alignas(page_size) static u64 directory[512], table[512];
  alignas(page_size) static Gate copy[256];
  for (unsigned n = 0; n < 256; ++n) copy[n] = idt[n];
  start_pdpt[1] = reinterpret_cast<u64>(directory) | 3;
  directory[0] = reinterpret_cast<u64>(table) | 3;
  table[0] = reinterpret_cast<u64>(copy) | 3;
  write_cr3(read_cr3());
  const u64 base = window + page_size - 32 * sizeof(Gate);
  for (unsigned n = 0; n < 32; ++n) copy[256 - 32 + n] = idt[n];
  load_idt(reinterpret_cast<void*>(base), sizeof copy - 1);
  const Caught c = by_software();
  load_tables();
  expect({"EG-05", gates, "a gate on a page that is not present is a #PF of a supervisor read"}, c,
         14, 0);
  equal({"EG-06", "Vol. 3 §4.7", "CR2 is its address"}, c.cr2 & ~7ul, base + software * 16);
  start_pdpt[1] = 0;
  write_cr3(read_cr3());
}

void check_types() {
  constexpr u8 refused[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
  unsigned wrong = 0;
  for (const u8 type : refused) {
    idt[software].type = 0x80 | type;
    const Caught c = by_software();
    wrong += c.vector != 13 || c.error != software * 8 + idt_bit;
  }
  set_gate(software, 0x8E);
  equal({"EG-07", gates, "all but 64-bit interrupt and trap gates are #GP(vector * 8 + IDT)"},
        wrong, 0);
  idt[software].type = 0x0C;
  expect({"EG-08", instruction, "the type is looked at before the present bit"}, by_software(), 13,
         software * 8 + idt_bit);
  set_gate(software, 0x8E);
}

void check_segments() {
  u64& spare = cpus[0].gdt[selector::spare / 8];
  expect({"EG-10", instruction, "a selector behind the GDT is #GP(selector)"}, through(0x88), 13,
         0x88);
  spare = 0x00AF1B000000FFFF;  // 64-bit code, not present
  expect({"EG-11", instruction, "a code segment that is not present is #NP(selector)"},
         through(selector::spare), 11, selector::spare);
  expect({"EG-12", gates, "one of level 3, not conforming, is #GP(selector)"},
         through(selector::user_code64 & ~3), 13, selector::user_code64 & ~3);
  spare = 0x00EF9B000000FFFF;  // L and D
  expect({"EG-13", gates, "one with L and D is #GP(selector)"}, through(selector::spare), 13,
         selector::spare);
  expect({"EG-14", codes, "the RPL of the gate's selector is not in the error code"},
         through(selector::data | 3), 13, selector::data);
  expect({"EG-15", codes, "a null selector with an RPL is #GP(0)"}, through(3), 13, 0);
  spare = 0x00AF9F000000FFFF;  // conforming
  const Caught c = through(selector::spare);
  check({"EG-16", instruction, "a conforming one of level 0 is fine"},
        c.vector == software && c.handler_cs == selector::spare);
  expect({"EG-17", instruction, "the RPL of the gate's selector does not matter"},
         through(selector::code64 | 3), software, 0);
}

void check_external_codes() {
  idt[6].selector = selector::data;
  expect({"EG-20", codes, "in the delivery of an exception EXT is set: #GP(selector + EXT)"},
         undefined(), 13, selector::data + 1);
  idt[6].selector = 0;
  expect({"EG-21", codes, "a null selector then is #GP(EXT)"}, undefined(), 13, 1);
  set_gate(6, 0x8E);
  idt[6].offset2 = 0x00008000;
  expect({"EG-22", instruction, "an offset that is not canonical is #GP(EXT)"}, undefined(), 13, 1);
  set_gate(6, 0x8E);
  idt[software].offset2 = 0x00008000;
  expect({"EG-23", instruction, "for INT n it is #GP(0)"}, by_software(), 13, 0);
  set_gate(software, 0x8E);
}

}  // namespace

void check_gates() {
  load_tables();
  check_limit();
  check_absent_page();
  check_types();
  check_segments();
  check_external_codes();
  load_tables();
}

}  // namespace exceptions
