// Rows of single instructions and small constructs, as loops.
#include "guest/arch/atomic.h"
#include "guest/arch/descriptors.h"
#include "guest/arch/irqflags.h"
#include "guest/arch/spinlock.h"
#include "guest/kernel/time.h"
#include "guest/workload/measure.h"

extern "C" void measure_gate_entry();

namespace {

constexpr u64 kEach = 1000;
constexpr int kGateVector = 0xf4;  // Linux 3.13 leaves it free (asm/irq_vectors.h)

/// The time of `each` passes of a function that is inlined here; ends with the interrupts as they
/// were.
template <typename Operation>
ALWAYS_INLINE void take_loop(Measurement& m, Operation operation) {
  for (u64 i = 0; i < m.count(); ++i) {
    const u64 passes = m.each();
    const u64 start = tsc_begin();
    for (u64 n = 0; n < passes; ++n) {
      operation();
      barrier();
    }
    m.add(tsc_end() - start);
  }
}

/// What taking a sample costs itself.
void take_overhead(Measurement& m) {
  for (u64 i = 0; i < m.count(); ++i) {
    const u64 start = tsc_begin();
    m.add(tsc_end() - start);
  }
}

void take_empty_loop(Measurement& m) {
  take_loop(m, [] {});
}

void take_cli_sti(Measurement& m) {
  take_loop(m, [] {
    local_irq_disable();
    local_irq_enable();
  });
}

void take_irqsave(Measurement& m) {
  take_loop(m, [] { local_irq_restore(local_irq_save()); });
}

void take_spinlock(Measurement& m) {
  alignas(64) SpinLock lock = {};
  take_loop(m, [&lock] {
    spin_lock(&lock);
    spin_unlock(&lock);
  });
}

void take_spinlock_irqsave(Measurement& m) {
  alignas(64) SpinLock lock = {};
  take_loop(m, [&lock] { spin_unlock_irqrestore(&lock, spin_lock_irqsave(&lock)); });
}

NOINLINE void callee() { asm volatile(""); }

void take_call(Measurement& m) {
  take_loop(m, [] { callee(); });
}

void take_indirect_call(Measurement& m) {
  void (*function)() = callee;
  take_loop(m, [&function] {
    asm("" : "+r"(function));
    function();
  });
}

/// Through an interrupt gate and back by IRETQ, without a change of privilege.
void take_int_gate(Measurement& m) {
  set_interrupt_gate(kGateVector, measure_gate_entry);
  take_loop(m, [] { asm volatile("int %0" : : "i"(kGateVector) : "memory"); });
}

struct alignas(16) Pair {
  u64 low, high;
};

constexpr const char* kNoInstruction = "this processor has no CMPXCHG16B";

void take_cmpxchg16b(Measurement& m) {
  if (!boot_cpu_data.cx16) return m.fail(kNoInstruction);
  Pair pair = {1, 2};
  take_loop(m, [&pair] {
    u64 low = 1, high = 2;
    asm volatile("cmpxchg16b %0"
                 : "+m"(pair), "+a"(low), "+d"(high)
                 : "b"(u64{1}), "c"(u64{2})
                 : "memory", "cc");
  });
}

void take_locked_cmpxchg16b(Measurement& m) {
  if (!boot_cpu_data.cx16) return m.fail(kNoInstruction);
  Pair pair = {1, 2};
  take_loop(m, [&pair] { cmpxchg_double(&pair, 1, 2, 1, 2); });
}

void take_locked_add(Measurement& m) {
  u64 word = 0;
  take_loop(m, [&word] { atomic_inc(word); });
}

void take_rdtsc(Measurement& m) {
  take_loop(m, [] { rdtsc(); });
}

void take_pause(Measurement& m) {
  take_loop(m, [] { cpu_relax(); });
}

void take_mfence(Measurement& m) {
  take_loop(m, [] { smp_mb(); });
}

void take_cpuid(Measurement& m) {
  take_loop(m, [] {
    CpuidResult r = cpuid(0);
    asm volatile("" : : "r"(r.eax));
  });
}

MEASURE_ROWS const MeasureRow basic_rows[] = {
    {"overhead", take_overhead},
    {"empty-loop", take_empty_loop, kEach},
    {"cli-sti", take_cli_sti, kEach},
    {"irqsave", take_irqsave, kEach},
    {"spinlock", take_spinlock, kEach},
    {"spinlock-irqsave", take_spinlock_irqsave, kEach},
    {"call", take_call, kEach},
    {"indirect-call", take_indirect_call, kEach},
    {"int-gate", take_int_gate, kEach},
    {"cmpxchg16b", take_cmpxchg16b, kEach},
    {"lock-cmpxchg16b", take_locked_cmpxchg16b, kEach},
    {"lock-add", take_locked_add, kEach},
    {"rdtsc", take_rdtsc, kEach},
    {"pause", take_pause, kEach},
    {"mfence", take_mfence, kEach},
    {"cpuid", take_cpuid, kEach},
};

}  // namespace
