#include "system.h"

// Rights, A and D bits, page sizes and invalidation, SDM Vol. 3 chapter 4.

namespace {

constexpr u64 present = 1, writable = 2, user = 4, accessed = 0x20, dirty = 0x40, large = 0x80,
              no_execute = 1ul << 63;
constexpr u64 window = 0x40000000;  // its own PDPT entry

alignas(4096) u64 directory[512];
alignas(4096) u64 table[512];
alignas(4096) u8 page[4096] = {0xC3};  // RET

u64 address_of(const void* object) { return reinterpret_cast<u64>(object); }

void map(u64 leaf_bits) {
  start_pdpt[1] = address_of(directory) | present | writable | user;
  directory[0] = address_of(table) | present | writable | user;
  table[0] = address_of(page) | leaf_bits;
  write_cr3(read_cr3());
}

Caught load() {
  return attempt([] { asm volatile("mov (%0), %%al" : : "r"(window) : "rax"); });
}
Caught store() {
  return attempt([] { asm volatile("movb $0xC3, (%0)" : : "r"(window) : "memory"); });
}
Caught execute() {
  return attempt([] { asm volatile("call *%0" : : "r"(window)); });
}

void check_rights() {
  map(0);
  Caught c = load();
  expect({"PG-01", "Vol. 3 §4.7", "a load from a page that is not present: error code 0"}, c, 14,
         0);
  check({"PG-02", "Vol. 3 §6.15", "CR2 is the linear address of the access"}, c.cr2 == window);
  expect({"PG-03", "Vol. 3 §4.7", "a store to it: W"}, store(), 14, 2);
  expect({"PG-04", "Vol. 3 §4.7", "a fetch from it with NX enabled: I"}, execute(), 14, 0x10);
  map(present);
  expect_none({"PG-05", "Vol. 3 §4.6.1", "a read-only page can be read"}, load());
  expect({"PG-06", "Vol. 3 §4.6.1", "CR0.WP: supervisor stores to read-only pages fault: P, W"},
         store(), 14, 3);
  write_cr0(read_cr0() & ~0x10000ul);
  expect_none({"PG-07", "Vol. 3 §4.6.1", "without CR0.WP they do not"}, store());
  write_cr0(read_cr0() | 0x10000);
  map(present | writable | no_execute);
  expect({"PG-08", "Vol. 3 §4.6.2", "a fetch from an NX page: P, I"}, execute(), 14, 0x11);
  map(present | writable);
  expect_none({"PG-09", "Vol. 3 §4.6.2", "a fetch without NX is fine"}, execute());
  map(present | writable | 1ul << 51);
  if ((cpuid(0x80000008).eax & 0xFF) < 52)
    expect({"PG-10", "Vol. 3 table 4-20", "an address above MAXPHYADDR: P, RSVD"}, load(), 14, 9);
}

void check_accessed_and_dirty() {
  map(present | writable);
  directory[0] &= ~accessed;
  load();
  check({"PG-11", "Vol. 3 §4.8", "a load sets A but not D"},
        (table[0] & (accessed | dirty)) == accessed);
  check({"PG-12", "Vol. 3 §4.8", "and A of the entry that leads to the table"},
        directory[0] & accessed);
  store();
  check({"PG-13", "Vol. 3 §4.8", "a store after the load sets D"},
        (table[0] & (accessed | dirty)) == (accessed | dirty));
  map(present);
  store();
  check({"PG-14", "Vol. 3 §4.8", "a store that faults does not set D"}, (table[0] & dirty) == 0);
}

void check_large_pages() {
  map(present | writable);
  page[0] = 0xC3;
  directory[1] = (address_of(page) & ~0x1FFFFFul) | present | writable | large;
  write_cr3(read_cr3());
  const u64 alias = window + 0x200000 + (address_of(page) & 0x1FFFFF);
  check({"PG-15", "Vol. 3 §4.5", "2 MiB page: 21 bits of offset"},
        *reinterpret_cast<volatile u8*>(alias) == 0xC3);
  directory[2] = 0x2000 | present | large;
  write_cr3(read_cr3());
  expect({"PG-16", "Vol. 3 table 4-18", "bits 20:13 of a 2 MiB entry are reserved: P, RSVD"},
         attempt([] {
           asm volatile("mov (%0), %%al" : : "r"(window + 0x400000) : "rax");
         }),
         14, 9);
  if (cpuid(0x80000001).edx >> 26 & 1) {
    start_pdpt[2] = present | writable | large;
    write_cr3(read_cr3());
    const u64 giant = 0x80000000 + address_of(page);
    check({"PG-17", "Vol. 3 §4.5", "1 GiB page: 30 bits of offset"},
          *reinterpret_cast<volatile u8*>(giant) == 0xC3);
  }
}

void check_crossing() {
  map(present | writable);
  table[1] = 0;
  write_cr3(read_cr3());
  const Caught c = attempt([] { asm volatile("movq $0, (%0)" : : "r"(window + 4092) : "memory"); });
  expect({"PG-18", "Vol. 3 §4.7", "a store that runs into a page that is not present: W"}, c, 14,
         2);
  check({"PG-19", "Vol. 3 §6.15", "CR2 is the first byte in that page"}, c.cr2 == window + 4096);
}

void check_invalidation() {
  map(present | writable);
  load();
  table[0] = 0;
  invalidate(window);
  expect({"PG-20", "Vol. 3 §4.10.4.1", "INVLPG drops the translation of its page"}, load(), 14, 0);
  map(present | writable);
  load();
  table[0] = 0;
  write_cr3(read_cr3());
  expect({"PG-21", "Vol. 3 §4.10.4.1", "MOV to CR3 drops translations"}, load(), 14, 0);
  table[0] = address_of(page) | present | writable;
  expect_none({"PG-22", "Vol. 3 §4.10.4.3", "nothing is cached for a page that was not present"},
              load());
}

}  // namespace

void check_paging() {
  check_rights();
  check_accessed_and_dirty();
  check_large_pages();
  check_crossing();
  check_invalidation();
}
