#include "firmware.h"

#include "cpu.h"

// ACPI 6.5 §5.2.5 (RSDP), §5.2.7 (RSDT), §5.2.8 (XSDT), §5.2.12 (MADT).

namespace {

template <class T>
T load(u64 address) {
  T value;
  __builtin_memcpy(&value, reinterpret_cast<const void*>(address), sizeof value);
  return value;
}

bool is(u64 address, const char* signature, unsigned length) {
  const char* text = reinterpret_cast<const char*>(address);
  for (unsigned n = 0; n < length; ++n)
    if (text[n] != signature[n]) return false;
  return true;
}

u64 find_rsdp() {
  for (u64 at = 0xE0000; at < 0x100000; at += 16)
    if (is(at, "RSD PTR ", 8)) return at;
  return 0;
}

u32 own_apic_id() {
  return cpuid(0).eax >= 0xB && (cpuid(0xB).ebx & 0xFFFF) != 0 ? cpuid(0xB).edx
                                                               : cpuid(1).ebx >> 24;
}

/// Of more processors than a program takes, the last ones stay beside the first: the highest ids.
void add_processor(u32 apic_id) {
  constexpr unsigned kept_last = 16;
  static unsigned surplus;
  if (apic_id == cpus[0].apic_id) return;
  const unsigned place =
      cpu_count < max_cpus ? cpu_count++ : max_cpus - kept_last + surplus++ % kept_last;
  cpus[place].apic_id = apic_id;
}

void read_entry(u64 entry) {
  constexpr u8 local_apic = 0, local_x2apic = 9;
  constexpr u32 enabled = 1;
  const u8 type = load<u8>(entry);
  if (type == local_apic && load<u32>(entry + 4) & enabled) add_processor(load<u8>(entry + 3));
  if (type == local_x2apic && load<u32>(entry + 8) & enabled) add_processor(load<u32>(entry + 4));
}

alignas(4096) u64 directories[2][512];

}  // namespace

TableAccess::TableAccess() {
  for (unsigned n = 0; n < 2; ++n) {
    for (u64 entry = 0; entry < 512; ++entry)
      directories[n][entry] = (u64{n + 1} << 30 | entry << 21) + 0xE3;
    start_pdpt[n + 1] = reinterpret_cast<u64>(directories[n]) + 3;
  }
}

TableAccess::~TableAccess() {
  start_pdpt[1] = start_pdpt[2] = 0;
  write_cr3(read_cr3());
}

u64 find_table(const char* signature) {
  const u64 rsdp = find_rsdp();
  if (rsdp == 0) return 0;
  const bool wide = load<u8>(rsdp + 15) >= 2 && load<u64>(rsdp + 24) != 0;
  const u64 root = wide ? load<u64>(rsdp + 24) : load<u32>(rsdp + 16);
  const u32 width = wide ? 8 : 4;
  const u32 length = load<u32>(root + 4);
  for (u32 offset = 36; offset + width <= length; offset += width) {
    const u64 table = wide ? load<u64>(root + offset) : load<u32>(root + offset);
    if (is(table, signature, 4)) return table;
  }
  return 0;
}

void find_processors() {
  const TableAccess access;
  cpus[0].apic_id = own_apic_id();
  const u64 madt = find_table("APIC");
  if (madt == 0) return;
  const u64 end = madt + load<u32>(madt + 4);
  for (u64 entry = madt + 44; entry + 2 <= end && load<u8>(entry + 1) >= 2;
       entry += load<u8>(entry + 1))
    read_entry(entry);
}
