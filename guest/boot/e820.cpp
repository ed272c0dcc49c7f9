#include "guest/boot/e820.h"

#include "guest/kernel/messages.h"
#include "guest/mm/layout.h"
#include "guest/mm/memblock.h"

namespace {

constexpr int kMostEntries = 320;
E820Entry entries[kMostEntries];
int entry_total;

const char* type_name(u32 type) {
  switch (type) {
    case kRam:
      return "usable";
    case kReserved:
      return "reserved";
    case kAcpiData:
      return "ACPI data";
    case kAcpiNvs:
      return "ACPI NVS";
    case kUnusable:
      return "unusable";
    default:
      return nullptr;
  }
}

// Processors of this kind have at most 52 physical address bits (SDM Vol. 3 §4.1.4).
constexpr u64 kMaxArchPfn = 0x400000000;  // MAX_ARCH_PFN for 46 bits, asm/sparsemem.h

}  // namespace

void e820_add(u64 address, u64 size, u32 type) {
  if (size == 0 || address + size < address || entry_total == kMostEntries) return;
  int at = entry_total++;
  for (; at > 0 && entries[at - 1].address > address; --at) entries[at] = entries[at - 1];
  entries[at] = {address, size, type};
}

void e820_print() {
  printk(msg::kE820Header);
  for (int i = 0; i < entry_total; ++i) {
    const E820Entry& e = entries[i];
    const unsigned long long start = e.address;
    const unsigned long long last = release::shown_end(e.address + e.size);
    const char* name = type_name(e.type);
    if (name != nullptr)
      printk(msg::kE820Entry, start, last, name);
    else
      printk(msg::kE820Unknown, start, last, e.type);
  }
}

void e820_fill_memblock() {
  for (int i = 0; i < entry_total; ++i) {
    if (entries[i].type != kRam) continue;
    const u64 start = align_up(entries[i].address, kPageSize);
    const u64 end = align_down(entries[i].address + entries[i].size, kPageSize);
    if (start >= end) continue;
    memblock_add(start, end - start);
  }
  // Where entries overlap, what is not RAM wins (arch/x86/kernel/e820.c sanitize_e820_map()).
  for (int i = 0; i < entry_total; ++i) {
    if (entries[i].type == kRam) continue;
    const u64 start = align_down(entries[i].address, kPageSize);
    memblock_remove(start, align_up(entries[i].address + entries[i].size, kPageSize) - start);
  }
}

void e820_trim_bios_range() {
  constexpr u64 kBiosBegin = 0xa0000, kBiosEnd = 0x100000;
  // 3.2 takes all that CONFIG_X86_RESERVE_LOW names, 3.13 a page and reserves the rest.
  constexpr u64 kTrimmed = release::is_3_2 ? 0x10000 : kPageSize;
  printk(msg::kE820Update, 0ull, release::shown_end(kTrimmed));
  printk(msg::kE820Remove, static_cast<unsigned long long>(kBiosBegin),
         release::shown_end(kBiosEnd));
  memblock_remove(0, kTrimmed);
  memblock_remove(kBiosBegin, kBiosEnd - kBiosBegin);
}

void e820_print_end() {
  printk(msg::kE820LastPfn, static_cast<unsigned long long>(memblock_end_of_memory() / kPageSize),
         static_cast<unsigned long long>(kMaxArchPfn));
}

int e820_count() { return entry_total; }
const E820Entry& e820_entry(int index) { return entries[index]; }

bool e820_all_mapped(u64 start, u64 end, u32 type) {
  for (int i = 0; i < entry_total; ++i) {
    const E820Entry& e = entries[i];
    if (e.type != type || e.address >= end || e.address + e.size <= start) continue;
    if (e.address <= start) start = e.address + e.size;
    if (start >= end) return true;
  }
  return false;
}

bool e820_any_mapped(u64 start, u64 end, u32 type) {
  for (int i = 0; i < entry_total; ++i) {
    const E820Entry& e = entries[i];
    if (e.type == type && e.address < end && e.address + e.size > start) return true;
  }
  return false;
}
