#include "remapping.h"
#include "runtime/apic.h"

// Requests that are more than one page's, or not for memory.

using namespace vtd;

namespace {

constexpr u64 input = 0x9000;
constexpr u8 vector = 0x61;

volatile u32& at(u64 physical) { return *reinterpret_cast<volatile u32*>(physical); }

/// A transfer across a page border goes to both pages, wherever they are.
void check_border(DmaBench& bench, u64* top, unsigned levels) {
  map(top, levels, input, (target + 0x21000) | both);
  map(top, levels, input + 0x1000, (target + 0x15000) | both);
  at(target + 0x21FFC) = at(target + 0x15000) = at(target + 0x22000) = 0;
  bench.edu().store(0x10, input + 0xFFC, 8);
  check({"DM-60", "VT-d §3.7", "a request across two pages goes to both"},
        at(target + 0x21FFC) != 0 && at(target + 0x15000) == at(target + 0x21FFC) + 1 &&
            at(target + 0x22000) == 0);
  at(target + 0x21FFC) = at(target + 0x15000) = 0;
  store(entry(top, levels, input + 0x1000), 0);
  invalidate_all();
  bench.edu().store(0x20, input + 0xFFC, 8);
  check({"DM-61", "VT-d §3.7", "its part in a page that is not there is not written"},
        at(target + 0x15000) == 0);
  clear_faults();
}

/// Most of the buffer, over two pages.
void check_long(DmaBench& bench, u64* top, unsigned levels) {
  map(top, levels, input + 0x1000, (target + 0x15000) | both);
  invalidate_all();
  bench.edu().store(0, input + 0x900, 0xE00);
  bool right = true;
  for (u32 n = 0; n < 0x1C0; ++n)
    right &= at(target + 0x21900 + 4 * n) + 0x1C0 == at(target + 0x15000 + 4 * n);
  check({"DM-62", "VT-d §3.7", "a long transfer is translated page by page"},
        right && at(target + 0x21900) >> 16 == 0xC0DE);
}

/// §3.14: writes of four bytes to FEExxxxxH are interrupts, whatever the tables say.
void check_interrupt_range(DmaBench& bench, u64* top, unsigned levels) {
  static volatile u32 data;
  command(global::translation, false);
  data = vector;
  bench.edu().load(address(&data), 0xF80, 4);
  command(global::translation);
  const u64 message = 0xFEE00000 | u64{cpus[0].apic_id} << 12;
  map(top, levels, message, (target + 0x30000) | both);
  invalidate_all();
  at(target + 0x30000) = 0;
  clear_all_interrupts();
  bench.edu().store(0xF80, message, 4);
  const bool taken =
      soon([] { return const_cast<volatile u32&>(cpus[0].interrupts[vector]) == 1; });
  check({"DM-63", "VT-d §3.14", "an interrupt message is not translated, mapped or not"},
        taken && at(target + 0x30000) == 0);
}

}  // namespace

void check_requests(Devices& devices) {
  DmaBench& bench = devices.first;
  const Roots roots = begin_translation();
  const unsigned levels = some_levels();
  u64* const top = new_domain(roots, bench.source(), levels);
  invalidate_all();
  check_border(bench, top, levels);
  check_long(bench, top, levels);
  check_interrupt_range(bench, top, levels);
  equal({"VF-21", "VT-d §10.4.9", "requests that are let through leave no fault"},
        read32(reg::fault_status) & 0xFF, 0);
  end_translation();
}
