// Rows that send interrupts and take them.
#include "guest/arch/apic.h"
#include "guest/arch/interrupt.h"
#include "guest/kernel/time.h"
#include "guest/workload/measure.h"
#include "guest/workload/measure_vector.h"

namespace {

constexpr char kLost[] = "an interrupt did not arrive";

u64 send_to(int cpu) {
  const u64 start = tsc_begin();
  apic_send_to_cpu(cpu, kPlatformIpiVector);
  return start;
}

/// ICR write to the first handler instructions on the other CPU.
void take_ipi(Measurement& m) {
  claim_measure_vector();
  const int to = m.partner();
  for (u64 i = 0; i < m.count(); ++i) {
    const u64 before = measure_arrivals_of(to);
    const u64 start = send_to(to);
    if (!await_measure_arrival(to, before)) return m.fail(kLost);
    m.add(per_cpu(measure_arrival, to) - start);
  }
}

/// The sender's part alone: until its next instruction can begin.
void take_icr_send(Measurement& m) {
  claim_measure_vector();
  const int to = m.partner();
  for (u64 i = 0; i < m.count(); ++i) {
    const u64 before = measure_arrivals_of(to);
    const u64 start = send_to(to);
    m.add(tsc_end() - start);
    if (!await_measure_arrival(to, before)) return m.fail(kLost);
  }
}

/// The end-of-interrupt write of an interrupt that this CPU sends to itself.
void take_eoi(Measurement& m) {
  claim_measure_vector();
  for (u64 i = 0; i < m.count(); ++i) {
    const u64 before = measure_arrivals_of(m.cpu());
    send_to(m.cpu());
    if (!await_measure_arrival(m.cpu(), before)) return m.fail(kLost);
    m.add(this_cpu_ptr(&measure_arrivals)->eoi_cycles);
  }
}

/// To this CPU itself, and back in what was interrupted.
void take_self_ipi(Measurement& m) {
  claim_measure_vector();
  for (u64 i = 0; i < m.count(); ++i) {
    const u64 before = measure_arrivals_of(m.cpu());
    const u64 start = send_to(m.cpu());
    if (!await_measure_arrival(m.cpu(), before)) return m.fail(kLost);
    m.add(this_cpu_read(measure_arrival) - start);
  }
}

u64 last_arrival(const CpuList& cpus) {
  u64 last = 0;
  for (int cpu = cpus.next(0); cpu >= 0; cpu = cpus.next(cpu + 1)) {
    last = max_of(last, per_cpu(measure_arrival, cpu));
  }
  return last;
}

/// To all others, until the last one has arrived.
void take_broadcast(Measurement& m) {
  claim_measure_vector();
  const CpuList& to = m.partners();
  u64 before[kMaxCpus];
  for (u64 i = 0; i < m.count(); ++i) {
    for (int cpu = to.next(0); cpu >= 0; cpu = to.next(cpu + 1))
      before[cpu] = measure_arrivals_of(cpu);
    const u64 start = tsc_begin();
    apic_send_to_mask(to.mask(), kPlatformIpiVector);
    for (int cpu = to.next(0); cpu >= 0; cpu = to.next(cpu + 1)) {
      if (!await_measure_arrival(cpu, before[cpu])) return m.fail(kLost);
    }
    m.add(last_arrival(to) - start);
  }
}

constexpr u64 kTimerDelay = 20000;  // TSC cycles: the timer is armed long before it strikes

/// Time when the timer is due to the first handler instructions, or to the interrupted code.
template <bool back>
void take_timer(Measurement& m) {
  claim_measure_vector();
  for (u64 i = 0; i < m.count(); ++i) {
    const u64 before = measure_arrivals_of(m.cpu());
    const u64 due = apic_timer_once(kPlatformIpiVector, kTimerDelay);
    if (!await_measure_arrival(m.cpu(), before)) {
      m.fail(kLost);
      break;
    }
    m.add((back ? tsc_end() : this_cpu_read(measure_arrival)) - due);
  }
  setup_apic_timer();
}

MEASURE_ROWS const MeasureRow interrupt_rows[] = {
    {"eoi", take_eoi},
    {"ipi-self", take_self_ipi},
    {"icr-send", take_icr_send, 1, Partners::any},
    {"ipi", take_ipi, 1, Partners::any},
    {"ipi-sibling", take_ipi, 1, Partners::sibling},
    {"ipi-socket", take_ipi, 1, Partners::socket},
    {"ipi-cross", take_ipi, 1, Partners::cross},
    {"ipi-broadcast", take_broadcast, 1, Partners::everyone},
    {"timer", take_timer<false>},
    {"timer-return", take_timer<true>},
};

}  // namespace
