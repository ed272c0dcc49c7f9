#include "vtd_interrupts.h"

#include "apic.h"

namespace vtd {

namespace {

alignas(4096) u64 table[2 * InterruptTable::entries];

}  // namespace

bool InterruptTable::take_over(unsigned size, bool extended) {
  m_extended = extended;
  for (u64& half : table) half = 0;
  flush(table, sizeof table);
  write64(reg::table_address, address(table) | (extended ? 0x800 : 0) | size);
  const bool done = command(global::table);
  invalidate();
  return done;
}

void InterruptTable::store_only(unsigned index, u64 low, u64 high) {
  store(table[2 * index + 1], high);
  store(table[2 * index], low);
}

void InterruptTable::set(unsigned index, u64 low, u64 high) {
  set_for(index, cpus[0].apic_id, low, high);
}

void InterruptTable::set_for(unsigned index, u32 destination, u64 low, u64 high) {
  store_only(index, low | destination_field(destination), high);
  invalidate();
}

void InterruptTable::invalidate() {
  if (is_on(global::queue)) perform(descriptor::all_entries());
}

}  // namespace vtd
