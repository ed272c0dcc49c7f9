#include "system.h"

// Segment registers and descriptor tables in 64-bit mode, SDM Vol. 3 chapters 3 and 5.

extern "C" void run_compat(u64* result);

namespace {

constexpr u64 data_descriptor = 0x00CF93000000FFFF, present_bit = 1ul << 47, write_bit = 1ul << 41,
              accessed_bit = 1ul << 40, code_bit = 1ul << 43;

Caught load_ds(u16 value) {
  return attempt([&] { asm volatile("mov %0, %%ds" : : "r"(value)); });
}
Caught load_ss(u16 value) {
  return attempt([&] { asm volatile("mov %0, %%ss" : : "r"(value)); });
}

void check_loads() {
  const unsigned entry = selector::spare / 8;
  gdt[entry] = data_descriptor & ~accessed_bit;
  expect_none({"SG-01", "Vol. 2 MOV", "a data segment can be loaded"}, load_ds(selector::spare));
  check({"SG-02", "Vol. 3 §3.4.5.1", "which sets its accessed bit in memory"},
        gdt[entry] & accessed_bit);
  expect({"SG-03", "Vol. 2 MOV", "beyond the GDT limit: #GP(selector)"}, load_ds(0x108), 13, 0x108);
  expect({"SG-04", "Vol. 2 MOV", "a system segment in DS: #GP(selector)"}, load_ds(selector::task),
         13, selector::task);
  gdt[entry] = data_descriptor & ~present_bit;
  expect({"SG-05", "Vol. 2 MOV", "not present: #NP(selector)"}, load_ds(selector::spare), 11,
         selector::spare);
  expect({"SG-06", "Vol. 2 MOV", "SS not present: #SS(selector)"}, load_ss(selector::spare), 12,
         selector::spare);
  gdt[entry] = data_descriptor & ~write_bit;
  expect_none({"SG-07", "Vol. 2 MOV", "read-only data in DS is fine"}, load_ds(selector::spare));
  expect({"SG-08", "Vol. 2 MOV", "in SS it is #GP(selector)"}, load_ss(selector::spare), 13,
         selector::spare);
  gdt[entry] = (data_descriptor | code_bit) & ~write_bit;
  expect({"SG-09", "Vol. 2 MOV", "execute-only code in DS: #GP(selector)"},
         load_ds(selector::spare), 13, selector::spare);
  expect({"SG-10", "Vol. 2 MOV", "SS of another level: #GP(selector)"},
         load_ss(selector::user_data), 13, 0x28);
  expect_none({"SG-11", "Vol. 2 MOV", "a null selector in DS is fine"}, load_ds(0));
  expect_none({"SG-12", "Vol. 2 MOV", "in 64-bit mode at level 0 in SS, too"}, load_ss(0));
  expect({"SG-13", "Vol. 2 MOV", "but not with another RPL: #GP(0)"}, load_ss(3), 13, 0);
  load_ss(selector::data);
}

void check_system_segments() {
  expect({"SG-14", "Vol. 2 LTR", "LTR of a busy TSS is #GP(selector)"}, attempt([] {
           asm volatile("ltr %0" : : "r"(selector::task));
         }),
         13, selector::task);
  expect({"SG-15", "Vol. 2 LTR", "a null selector is #GP(0)"}, attempt([] {
           asm volatile("ltr %0" : : "r"(u16{0}));
         }),
         13, 0);
  expect({"SG-16", "Vol. 2 LLDT", "LLDT of a data segment is #GP(selector)"}, attempt([] {
           asm volatile("lldt %0" : : "r"(selector::data));
         }),
         13, selector::data);
  expect_none({"SG-17", "Vol. 2 LLDT", "a null selector is fine"}, attempt([] {
                asm volatile("lldt %0" : : "r"(u16{0}));
              }));
  expect({"SG-18", "Vol. 2 MOV", "a selector of the LDT while there is none: #GP(selector)"},
         attempt([] { asm volatile("mov %0, %%ds"
                                   :
                                   : "r"(u16{0xC})); }), 13, 0xC);
  u16 task = 0;
  asm volatile("str %0" : "=r"(task));
  check({"SG-19", "Vol. 2 STR", "STR reads the selector of TR"}, task == selector::task);
  struct [[gnu::packed]] {
    u16 limit;
    u64 base;
  } pointer = {0xFF, 0x0000800000000000};
  expect({"SG-20", "Vol. 2 LGDT", "LGDT with a non-canonical base is #GP(0)"}, attempt([&] {
           asm volatile("lgdt %0" : : "m"(pointer));
         }),
         13, 0);
  load_tables();
  asm volatile("sidt %0" : "=m"(pointer));
  check({"SG-21", "Vol. 2 SIDT", "SIDT returns what LIDT loaded"},
        pointer.base == reinterpret_cast<u64>(idt) && pointer.limit == sizeof idt - 1);
}

bool access_rights(u16 selector_value, u32& rights) {
  u8 valid;
  rights = 0;
  asm volatile("lar %2, %0; setz %1" : "+r"(rights), "=q"(valid) : "r"(u32{selector_value}) : "cc");
  return valid;
}

void check_inspection() {
  u32 rights;
  check({"SG-22", "Vol. 2 LAR", "LAR returns the rights of a descriptor under mask 00FFFF00"},
        access_rights(selector::data, rights) && rights == 0x00CF9300);
  check({"SG-23", "Vol. 2 LAR", "of a null selector it clears ZF"}, !access_rights(0, rights));
  check({"SG-24", "Vol. 2 LAR", "and beyond the limit"}, !access_rights(0x108, rights));
  check({"SG-25", "Vol. 2 LAR", "a busy 64-bit TSS is valid"},
        access_rights(selector::task, rights) && (rights & 0xFF00) == 0x8B00);
  u32 limit = 0;
  asm volatile("lsl %1, %0" : "+r"(limit) : "r"(u32{selector::data}) : "cc");
  check({"SG-26", "Vol. 2 LSL", "LSL applies the granularity"}, limit == 0xFFFFFFFF);
  u8 readable, writable;
  asm volatile("verr %1; setz %0" : "=q"(readable) : "r"(selector::code64) : "cc");
  asm volatile("verw %1; setz %0" : "=q"(writable) : "r"(selector::code64) : "cc");
  check({"SG-27", "Vol. 2 VERR", "readable code: VERR sets ZF, VERW clears it"},
        readable && !writable);
}

void check_far_transfers() {
  u64 result = 0;
  run_compat(&result);
  check({"SG-28", "Vol. 2 JMP", "far jumps switch between 64-bit and compatibility mode"},
        result == 0x80000000);
  struct [[gnu::packed]] {
    u32 offset;
    u16 selector;
  } target = {0x100000, selector::data};
  expect({"SG-29", "Vol. 2 JMP", "a far jump to a data segment is #GP(selector)"}, attempt([&] {
           asm volatile("ljmp *%0" : : "m"(target));
         }),
         13, selector::data);
  target.selector = 0;
  expect({"SG-30", "Vol. 2 JMP", "to a null selector: #GP(0)"}, attempt([&] {
           asm volatile("ljmp *%0" : : "m"(target));
         }),
         13, 0);
  target.selector = selector::user_code64;
  expect({"SG-31", "Vol. 2 JMP", "to code of another level: #GP(selector)"}, attempt([&] {
           asm volatile("ljmp *%0" : : "m"(target));
         }),
         13, 0x30);
  const unsigned entry = selector::spare / 8;
  gdt[entry] = 0x00EF9B000000FFFF;
  target.selector = selector::spare;
  expect({"SG-32", "Vol. 3 §5.2.1", "to code with both L and D: #GP(selector)"}, attempt([&] {
           asm volatile("ljmp *%0" : : "m"(target));
         }),
         13, selector::spare);
}

void check_call_gate() {
  const unsigned entry = selector::spare / 8;
  u64 offset, cs = 0;
  asm volatile("lea 2f(%%rip), %0; jmp 3f; 2: mov 8(%%rsp), %1; lretq; 3:"
               : "=r"(offset), "+a"(cs));
  gdt[entry] = (offset & 0xFFFF) | u64{selector::code64} << 16 | 0x8Cull << 40 |
               (offset >> 16 & 0xFFFF) << 48;
  gdt[entry + 1] = offset >> 32;
  struct [[gnu::packed]] {
    u32 unused;
    u16 selector;
  } gate = {0, selector::spare};
  const Caught c = attempt([&] { asm volatile("lcall *%1" : "+a"(cs) : "m"(gate) : "memory"); });
  check({"SG-33", "Vol. 3 §5.8.3.1",
         "a far call through a 64-bit call gate pushes CS:RIP of 8 bytes each"},
        c.vector == Caught::none && cs == selector::code64);
  gdt[entry] &= ~present_bit;
  expect({"SG-34", "Vol. 2 CALL", "a gate that is not present is #NP(selector)"}, attempt([&] {
           asm volatile("lcall *%0" : : "m"(gate) : "memory");
         }),
         11, selector::spare);
}

}  // namespace

void check_segments() {
  check_loads();
  check_system_segments();
  check_inspection();
  check_far_transfers();
  check_call_gate();
}
