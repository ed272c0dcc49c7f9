#include "guest/arch/apic.h"
#include "guest/arch/atomic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/interrupt.h"
#include "guest/arch/irq_vectors.h"
#include "guest/arch/percpu.h"
#include "guest/arch/spinlock.h"
#include "guest/kernel/bug.h"
#include "guest/sched/runqueue.h"
#include "guest/sched/smp.h"
#include "guest/sched/smp_init.h"

namespace {

// A request in the queue of its target. Who waits owns it; who does not takes one of his CPU's own.
struct Call {
  Call* next;
  SmpFunction function;
  void* data;
  u32 pending;  // not run yet: neither to be freed nor used again
};

struct CallQueue {
  SpinLock lock;
  Call* first;
  Call* last;
};

// One request of this CPU to every other CPU may be under way without waiting.
struct CallSlots {
  Call calls[kMaxCpus];
};
CallSlots* slots_of_cpu[kMaxCpus];

}  // namespace

DEFINE_PER_CPU(CallQueue, call_queue);

namespace {

void wait_until_free(const Call* call) {
  while (load_acquire(call->pending) != 0) cpu_relax();
}

// True if the queue was empty: its owner must be told.
bool enqueue(int cpu, Call* call) {
  CallQueue& queue = per_cpu(call_queue, cpu);
  SpinLockIrqGuard guard(queue.lock);
  const bool was_empty = queue.first == nullptr;
  call->next = nullptr;
  if (was_empty)
    queue.first = call;
  else
    queue.last->next = call;
  queue.last = call;
  return was_empty;
}

void run_queued_calls() {
  CallQueue* queue = this_cpu_ptr(&call_queue);
  Call* call;
  {
    SpinLockIrqGuard guard(queue->lock);
    call = queue->first;
    queue->first = nullptr;
  }
  while (call != nullptr) {
    Call* next = call->next;
    call->function(call->data);
    store_release(call->pending, 0u);
    call = next;
  }
}

void call_function_interrupt(pt_regs*) {
  apic_eoi();
  run_queued_calls();
}

void reschedule_interrupt(pt_regs*) { apic_eoi(); }

void stop_this_cpu() {
  local_irq_disable();
  for (;;) halt();
}

void reboot_interrupt(pt_regs*) {
  apic_eoi();
  stop_this_cpu();
}

// Returns whether the target must be told; `*taken` is false if the request is still in use.
bool try_queue_call(int cpu, Call* call, SmpFunction function, void* data, bool* taken) {
  IrqGuard no_interrupts;
  *taken = atomic_cmpxchg(call->pending, 0u, 1u);
  if (!*taken) return false;
  call->function = function;
  call->data = data;
  return enqueue(cpu, call);
}

// Queueing the request and telling the target is one step for interrupts of this CPU: whoever finds
// it taken knows that its target will run it.
bool try_start_call(int cpu, Call* call, SmpFunction function, void* data) {
  IrqGuard no_interrupts;
  bool taken;
  const bool tell = try_queue_call(cpu, call, function, data, &taken);
  if (tell) apic_send_to_cpu(cpu, kCallFunctionSingleVector);
  return taken;
}

Call* slot_for(int cpu) { return &slots_of_cpu[smp_processor_id()]->calls[cpu]; }

void start_slot_call(int cpu, SmpFunction function, void* data) {
  while (!try_start_call(cpu, slot_for(cpu), function, data)) cpu_relax();
}

// Waits for this CPU's request to be free, then queues it.
bool queue_slot_call(int cpu, SmpFunction function, void* data) {
  for (;;) {
    bool taken;
    const bool tell = try_queue_call(cpu, slot_for(cpu), function, data, &taken);
    if (taken) return tell;
    cpu_relax();
  }
}

}  // namespace

void smp_call_init(void* (*alloc)(size_t size, int cpu)) {
  for (int cpu = 0; cpu < nr_cpu_ids; ++cpu) {
    if (!cpu_present(cpu)) continue;
    slots_of_cpu[cpu] =
        static_cast<CallSlots*>(alloc(sizeof(Call) * static_cast<size_t>(nr_cpu_ids), cpu));
  }
  set_system_vector(kRescheduleVector, reschedule_interrupt);
  set_system_vector(kCallFunctionVector, call_function_interrupt);
  set_system_vector(kCallFunctionSingleVector, call_function_interrupt);
  set_system_vector(kRebootVector, reboot_interrupt);
}

bool smp_call_function_single(int cpu, SmpFunction function, void* data, bool wait) {
  if (!cpu_online(cpu)) return false;
  if (cpu == smp_processor_id()) {
    IrqGuard no_interrupts;
    function(data);
    return true;
  }
  if (wait) {
    Call call = {};
    try_start_call(cpu, &call, function, data);
    wait_until_free(&call);
    return true;
  }
  start_slot_call(cpu, function, data);
  return true;
}

void smp_call_function_many(const CpuMask& cpus, SmpFunction function, void* data, bool wait) {
  const int self = smp_processor_id();
  CpuMask tell = {};
  for (int cpu = cpus.next(0); cpu >= 0; cpu = cpus.next(cpu + 1)) {
    if (cpu == self || !cpu_online(cpu)) continue;
    if (queue_slot_call(cpu, function, data)) tell.add(cpu);
  }
  if (tell.next(0) >= 0) apic_send_to_mask(tell, kCallFunctionVector);
  if (!wait) return;
  for (int cpu = cpus.next(0); cpu >= 0; cpu = cpus.next(cpu + 1)) {
    if (cpu != self && cpu_online(cpu)) wait_until_free(slot_for(cpu));
  }
}

void smp_call_function(SmpFunction function, void* data, bool wait) {
  CpuMask all = {};
  for (int cpu = 0; cpu < nr_cpu_ids; ++cpu) {
    if (cpu_online(cpu)) all.add(cpu);
  }
  smp_call_function_many(all, function, data, wait);
}

void on_each_cpu(SmpFunction function, void* data, bool wait) {
  smp_call_function(function, data, wait);
  IrqGuard no_interrupts;
  function(data);
}

void smp_send_reschedule(int cpu) {
  if (apic_available()) apic_send_to_cpu(cpu, kRescheduleVector);
}

void smp_send_stop() {
  if (!apic_available()) return;
  const int self = smp_processor_id();
  for (int cpu = 0; cpu < nr_cpu_ids; ++cpu) {
    if (cpu != self && cpu_online(cpu)) apic_send_to_cpu(cpu, kRebootVector);
  }
}
