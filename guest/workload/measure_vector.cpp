#include "guest/workload/measure_vector.h"

#include "guest/arch/apic.h"
#include "guest/arch/atomic.h"
#include "guest/arch/descriptors.h"
#include "guest/arch/interrupt.h"
#include "guest/arch/irq_vectors.h"
#include "guest/kernel/time.h"
#include "guest/workload/measure.h"

extern "C" {
DEFINE_PER_CPU(u64, measure_arrival);
void measure_interrupt_entry();
}
DEFINE_PER_CPU(MeasureArrivals, measure_arrivals);

namespace {

void measure_interrupt(pt_regs*) {
  const u64 start = tsc_begin();
  apic_eoi();
  const u64 end = tsc_end();
  MeasureArrivals* arrivals = this_cpu_ptr(&measure_arrivals);
  arrivals->eoi_cycles = end - start;
  store_release(arrivals->number, arrivals->number + 1);
}

}  // namespace

void claim_measure_vector() {
  set_system_vector(kPlatformIpiVector, measure_interrupt);
  set_interrupt_gate(kPlatformIpiVector, measure_interrupt_entry);
}

u64 measure_arrivals_of(int cpu) { return load_acquire(per_cpu(measure_arrivals, cpu).number); }

bool await_measure_arrival(int cpu, u64 before) {
  const u64 start = rdtsc();
  while (measure_arrivals_of(cpu) == before) {
    if (rdtsc() - start > u64{tsc_khz} * 1000) return false;
    cpu_relax();
  }
  return true;
}
