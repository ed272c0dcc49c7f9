#include "runtime.h"

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
  expect(c, 14, 0, "Vol. 3 §4.7", "a load from a page that is not present: error code 0");
  check(c.cr2 == window, "Vol. 3 §6.15", "CR2 is the linear address of the access");
  expect(store(), 14, 2, "Vol. 3 §4.7", "a store to it: W");
  expect(execute(), 14, 0x10, "Vol. 3 §4.7", "a fetch from it with NX enabled: I");
  map(present);
  expect_none(load(), "Vol. 3 §4.6.1", "a read-only page can be read");
  expect(store(), 14, 3, "Vol. 3 §4.6.1",
         "CR0.WP: supervisor stores to read-only pages fault: P, W");
  write_cr0(read_cr0() & ~0x10000ul);
  expect_none(store(), "Vol. 3 §4.6.1", "without CR0.WP they do not");
  write_cr0(read_cr0() | 0x10000);
  map(present | writable | no_execute);
  expect(execute(), 14, 0x11, "Vol. 3 §4.6.2", "a fetch from an NX page: P, I");
  map(present | writable);
  expect_none(execute(), "Vol. 3 §4.6.2", "a fetch without NX is fine");
  map(present | writable | 1ul << 51);
  if ((cpuid(0x80000008).eax & 0xFF) < 52)
    expect(load(), 14, 9, "Vol. 3 table 4-20", "an address above MAXPHYADDR: P, RSVD");
}

void check_accessed_and_dirty() {
  map(present | writable);
  directory[0] &= ~accessed;
  load();
  check((table[0] & (accessed | dirty)) == accessed, "Vol. 3 §4.8", "a load sets A but not D");
  check(directory[0] & accessed, "Vol. 3 §4.8", "and A of the entry that leads to the table");
  store();
  check((table[0] & (accessed | dirty)) == (accessed | dirty), "Vol. 3 §4.8",
        "a store after the load sets D");
  map(present);
  store();
  check((table[0] & dirty) == 0, "Vol. 3 §4.8", "a store that faults does not set D");
}

void check_large_pages() {
  map(present | writable);
  page[0] = 0xC3;
  directory[1] = (address_of(page) & ~0x1FFFFFul) | present | writable | large;
  write_cr3(read_cr3());
  const u64 alias = window + 0x200000 + (address_of(page) & 0x1FFFFF);
  check(*reinterpret_cast<volatile u8*>(alias) == 0xC3, "Vol. 3 §4.5",
        "2 MiB page: 21 bits of offset");
  directory[2] = 0x2000 | present | large;
  write_cr3(read_cr3());
  expect(attempt([] {
           asm volatile("mov (%0), %%al" : : "r"(window + 0x400000) : "rax");
         }),
         14, 9, "Vol. 3 table 4-18", "bits 20:13 of a 2 MiB entry are reserved: P, RSVD");
  if (cpuid(0x80000001).edx >> 26 & 1) {
    start_pdpt[2] = present | writable | large;
    write_cr3(read_cr3());
    const u64 giant = 0x80000000 + address_of(page);
    check(*reinterpret_cast<volatile u8*>(giant) == 0xC3, "Vol. 3 §4.5",
          "1 GiB page: 30 bits of offset");
  }
}

void check_crossing() {
  map(present | writable);
  table[1] = 0;
  write_cr3(read_cr3());
  const Caught c = attempt([] { asm volatile("movq $0, (%0)" : : "r"(window + 4092) : "memory"); });
  expect(c, 14, 2, "Vol. 3 §4.7", "a store that runs into a page that is not present: W");
  check(c.cr2 == window + 4096, "Vol. 3 §6.15", "CR2 is the first byte in that page");
}

void check_invalidation() {
  map(present | writable);
  load();
  table[0] = 0;
  invalidate(window);
  expect(load(), 14, 0, "Vol. 3 §4.10.4.1", "INVLPG drops the translation of its page");
  map(present | writable);
  load();
  table[0] = 0;
  write_cr3(read_cr3());
  expect(load(), 14, 0, "Vol. 3 §4.10.4.1", "MOV to CR3 drops translations");
  table[0] = address_of(page) | present | writable;
  expect_none(load(), "Vol. 3 §4.10.4.3", "nothing is cached for a page that was not present");
}

}  // namespace

void check_paging() {
  check_rights();
  check_accessed_and_dirty();
  check_large_pages();
  check_crossing();
  check_invalidation();
}
