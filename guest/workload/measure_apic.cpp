// Rows that read and write the local APIC's registers.
#include "guest/arch/apic.h"
#include "guest/arch/irqflags.h"
#include "guest/workload/measure.h"

namespace {

constexpr u64 kEach = 16;

template <u32 Register>
void take_read(Measurement& m) {
  for (u64 i = 0; i < m.count(); ++i) {
    IrqGuard no_interrupts;
    const u64 start = tsc_begin();
    for (u64 n = 0; n < m.each(); ++n) apic_read(Register);
    m.add(tsc_end() - start);
  }
}

/// Writes what the register holds.
template <u32 Register>
void take_write(Measurement& m) {
  for (u64 i = 0; i < m.count(); ++i) {
    IrqGuard no_interrupts;
    const u32 value = apic_read(Register);
    const u64 start = tsc_begin();
    for (u64 n = 0; n < m.each(); ++n) apic_write(Register, value);
    m.add(tsc_end() - start);
  }
}

/// Writes zero: EOI while nothing is in service, and ESR, are only ever written so
/// (SDM Vol. 3 §10.8.5, §10.12.1.3).
template <u32 Register>
void take_zero(Measurement& m) {
  for (u64 i = 0; i < m.count(); ++i) {
    IrqGuard no_interrupts;
    const u64 start = tsc_begin();
    for (u64 n = 0; n < m.each(); ++n) apic_write(Register, 0);
    m.add(tsc_end() - start);
  }
}

MEASURE_ROWS const MeasureRow register_rows[] = {
    {"apic-read-id", take_read<kApicId>, kEach},
    {"apic-read-version", take_read<kApicVersion>, kEach},
    {"apic-read-tpr", take_read<kApicTpr>, kEach},
    {"apic-read-ldr", take_read<kApicLdr>, kEach},
    {"apic-read-svr", take_read<kApicSvr>, kEach},
    {"apic-read-isr", take_read<kApicIsr>, kEach},
    {"apic-read-esr", take_read<kApicEsr>, kEach},
    {"apic-read-icr", take_read<kApicIcr>, kEach},
    {"apic-read-lvt-timer", take_read<kApicLvtTimer>, kEach},
    {"apic-read-lvt-lint0", take_read<kApicLvtLint0>, kEach},
    {"apic-read-lvt-error", take_read<kApicLvtError>, kEach},
    {"apic-read-initial-count", take_read<kApicInitialCount>, kEach},
    {"apic-read-current-count", take_read<kApicCurrentCount>, kEach},
    {"apic-read-divide", take_read<kApicDivide>, kEach},
    {"apic-write-tpr", take_write<kApicTpr>, kEach},
    {"apic-write-eoi", take_zero<kApicEoi>, kEach},
    {"apic-write-svr", take_write<kApicSvr>, kEach},
    {"apic-write-esr", take_zero<kApicEsr>, kEach},
    {"apic-write-lvt-timer", take_write<kApicLvtTimer>, kEach},
    {"apic-write-lvt-lint0", take_write<kApicLvtLint0>, kEach},
    {"apic-write-lvt-error", take_write<kApicLvtError>, kEach},
    {"apic-write-initial-count", take_write<kApicInitialCount>, kEach},
    {"apic-write-divide", take_write<kApicDivide>, kEach},
};

}  // namespace
