#include "guest/kernel/kallsyms.h"

#include "guest/kernel/printk.h"

namespace {

// Layout shared with tools/kallsyms.cpp: entries in rising order, one with address 0, then the
// names.
struct Entry {
  u64 address;
  u32 size;
  u32 name;  // offset behind the terminating entry
};

}  // namespace

extern "C" {
extern const Entry kallsyms_start[];
extern const Entry kallsyms_end[];
extern const char _text[], _etext[], _eslab_text[];
}

namespace {

u64 entry_count() {
  u64 count = 0;
  const u64 limit = static_cast<u64>(kallsyms_end - kallsyms_start);
  while (count < limit && kallsyms_start[count].address != 0) ++count;
  return count;
}

}  // namespace

bool is_kernel_text(u64 address) {
  return address >= reinterpret_cast<u64>(_text) && address < reinterpret_cast<u64>(_eslab_text);
}

bool find_symbol(u64 address, Symbol* symbol) {
  static u64 count;
  if (count == 0) count = entry_count();
  u64 low = 0;
  u64 high = count;
  while (low < high) {
    const u64 middle = (low + high) / 2;
    if (kallsyms_start[middle].address <= address)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0) return false;
  const Entry& entry = kallsyms_start[low - 1];
  if (address - entry.address >= entry.size) return false;
  symbol->name = reinterpret_cast<const char*>(kallsyms_start + count + 1) + entry.name;
  symbol->offset = address - entry.address;
  symbol->size = entry.size;
  return true;
}

void describe_symbol(u64 address, bool return_address, char* buffer, size_t size) {
  Symbol symbol;
  const u64 back = return_address ? 1 : 0;
  if (!find_symbol(address - back, &symbol)) {
    // kernel/kallsyms.c __sprint_symbol() prints the address that it looked up.
    snprintf(buffer, size, "0x%llx", static_cast<unsigned long long>(address - back));
    return;
  }
  snprintf(buffer, size, "%s+0x%llx/0x%llx", symbol.name,
           static_cast<unsigned long long>(symbol.offset + back),
           static_cast<unsigned long long>(symbol.size));
}

void symbol_name(u64 address, char* buffer, size_t size) {
  Symbol symbol;
  if (find_symbol(address, &symbol))
    snprintf(buffer, size, "%s", symbol.name);
  else
    snprintf(buffer, size, "0x%llx", static_cast<unsigned long long>(address));
}
