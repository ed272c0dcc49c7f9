#include "remapped.h"
#include "runtime/apic.h"
#include "runtime/io_apic.h"

// §5.1.5.1: redirection entries of the I/O APIC in remappable format.

using namespace vtd;

namespace {

constexpr unsigned pin = 14;
constexpr u32 index = 90;

/// Bits 63:49 are the handle's low bits, bit 48 the format, bit 11 its bit 15.
constexpr u64 redirection(u32 handle, u8 v, u64 bits = 0) {
  return u64{handle & 0x7FFF} << 49 | u64{1} << 48 | u64{handle >> 15} << 11 | bits | v;
}

u32 pulse(u8 expected, u32 count) {
  clear_all_interrupts();
  io_apic::pulse(pin);
  soon([=] { return all(expected) >= count; });
  delay(50'000);
  return all(expected);
}

/// The source id of an I/O APIC is that of its scope in the DMAR table (§8.3.1).
void check_source(Bench& bench) {
  bench.table.set(index, irte::present | irte::vector(vector), irte::verify(0x0108));
  io_apic::program(pin, redirection(index, other_vector));
  clear_faults();
  const u32 came = pulse(vector, 0);
  const Record record = take_fault();
  one_of({"VI-07", "VT-d §9.10", "a redirection entry's request by another source id"},
         came != 0 ? 0 : record.reason(),
         {{0, "passes: the I/O APIC has none"}, {0x26, "is blocked"}});
}

void check_level(Bench& bench) {
  bench.table.set(index, irte::present | irte::level | irte::vector(vector));
  io_apic::program(pin, redirection(index, vector, io_apic::rte::level));
  disable_interrupts();
  clear_all_interrupts();
  io_apic::line(pin, true);
  const bool came = soon([] { return apic::vector_bit(apic::reg::irr, vector); });
  const bool waits = io_apic::remote_irr(pin);
  io_apic::line(pin, false);
  enable_interrupts();
  soon([] { return all(vector) >= 1; });
  delay(50'000);
  check({"VI-22", "VT-d §5.1.5.1", "a level's EOI is that of the vector in the redirection entry"},
        came && waits && all(vector) == 1 && !io_apic::remote_irr(pin));
}

}  // namespace

void check_io_apic(Bench& bench) {
  bench.table.set(index, irte::present | irte::vector(vector));
  io_apic::program(pin, redirection(index, other_vector));
  equal({"VI-03", "VT-d §5.1.5.1", "the redirection entry's handle names the entry"},
        pulse(vector, 1), 1);
  io_apic::program(pin, u64{cpus[0].apic_id} << 56 | vector);
  clear_faults();
  const u32 came = pulse(vector, 0);
  const Record record = take_fault();
  check({"IR-70", "VT-d §5.1.4", "a redirection entry of the compatibility format is blocked"},
        came == 0 && record.valid() && record.reason() == 0x25);
  check_source(bench);
  check_level(bench);
  io_apic::program(pin, io_apic::rte::masked);
}
