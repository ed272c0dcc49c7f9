#include "guest/arch/atomic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/descriptors.h"
#include "guest/arch/msr.h"
#include "guest/arch/topology.h"
#include "guest/idle/cpuidle.h"
#include "guest/idle/mwait.h"
#include "guest/idle/nohz.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/printk.h"
#include "guest/kernel/release.h"
#include "guest/kernel/time.h"
#include "guest/lib/string.h"
#include "guest/mm/kernel_map.h"
#include "guest/mm/layout.h"
#include "guest/mm/memblock.h"
#include "guest/sched/runqueue.h"
#include "guest/sched/smp.h"
#include "guest/sched/tick.h"

namespace {

struct RunQueue {
  SpinLock lock;
  list_head ready;
  list_head sleepers;
  task_struct* running;
  task_struct* previous;  // handed over by the switch, for finish_switch()
};

struct Sleeper {
  list_head link;
  task_struct* task;
  u64 expires;  // jiffies
};

task_struct idle_tasks[kMaxCpus];
constexpr u64 kStackMagic = 0x57AC6E9D;  // STACK_END_MAGIC, linux/magic.h

}  // namespace

DEFINE_PER_CPU(RunQueue, runqueue);

extern "C" {
DEFINE_PER_CPU(task_struct*, current_task);
DEFINE_PER_CPU(ReschedWord, need_resched_flag);

extern char init_stack[];
void context_switch(u64* save_sp, u64 next_sp);
void ret_from_fork();
}

namespace {

RunQueue* this_queue() { return this_cpu_ptr(&runqueue); }

void init_thread_info(task_struct* task, void* stack) {
  task->stack = static_cast<thread_info*>(stack);
  task->stack->task = task;
  task->stack->cpu = static_cast<u32>(task->cpu);
  reinterpret_cast<u64*>(task->stack + 1)[0] = kStackMagic;
}

task_struct* pick_next(RunQueue* queue) {
  if (list_empty(&queue->ready)) return idle_task(smp_processor_id());
  task_struct* next = container_of(queue->ready.next, task_struct, run_link);
  list_del(&next->run_link);
  return next;
}

// Runs on the stack of the task that was switched to, with the queue still locked.
void finish_switch() {
  RunQueue* queue = this_queue();
  task_struct* previous = queue->previous;
  spin_unlock(&queue->lock);
  if (previous->state == TaskState::kDead && previous->on_reap != nullptr)
    previous->on_reap(previous);
}

void switch_to(RunQueue* queue, task_struct* previous, task_struct* next) {
  queue->running = next;
  queue->previous = previous;
  this_cpu_write(current_task, next);
  set_kernel_stack(reinterpret_cast<u64>(next->stack) + kThreadSize);
  const u64 cr3 = next->cr3 != 0 ? next->cr3 : kernel_cr3();
  // A kernel thread borrows whatever is loaded, unless that belongs to a task that is gone.
  const bool needed = next->cr3 != 0 || previous->state == TaskState::kDead;
  if (needed && read_cr3() != cr3) write_cr3(cr3);
  if (next->cr3 != 0) wrmsr(kMsrFsBase, next->user_fs);
  context_switch(&previous->saved_sp, next->saved_sp);
  finish_switch();
}

void wake_locked(RunQueue* queue, task_struct* task) {
  if (task->state != TaskState::kSleeping) return;
  task->state = TaskState::kRunning;
  if (queue->running == task) return;
  list_add_tail(&task->run_link, &queue->ready);
}

}  // namespace

void sched_init() {
  for (int cpu = 0; cpu < nr_cpu_ids; ++cpu) {
    RunQueue& queue = per_cpu(runqueue, cpu);
    list_init(&queue.ready);
    list_init(&queue.sleepers);
  }
  init_idle_task(0);
}

void init_idle_task(int cpu) {
  task_struct* task = &idle_tasks[cpu];
  snprintf(task->comm, sizeof(task->comm), "swapper/%d", cpu);
  task->cpu = cpu;
  task->state = TaskState::kRunning;
  void* stack = init_stack;
  if (cpu != 0) {
    const u64 phys = memblock_alloc(kThreadSize, kThreadSize, cpu_to_node(cpu));
    BUG_ON(phys == 0);
    stack = phys_to_virt(phys);
  }
  init_thread_info(task, stack);
  per_cpu(runqueue, cpu).running = task;
  per_cpu(current_task, cpu) = task;
  per_cpu(kernel_stack, cpu) = reinterpret_cast<u64>(stack) + kThreadSize;
}

task_struct* idle_task(int cpu) { return &idle_tasks[cpu]; }
bool in_idle_task() { return current() == idle_task(smp_processor_id()); }

void task_init(task_struct* task, void* stack, const char* comm, int pid, int cpu,
               void (*function)(void*), void* argument) {
  memset(task, 0, sizeof(*task));
  strlcpy(task->comm, comm, sizeof(task->comm));
  task->pid = pid;
  task->cpu = cpu;
  task->state = TaskState::kSleeping;
  task->function = function;
  task->argument = argument;
  init_thread_info(task, stack);
  // What context_switch() pops, below room for the registers of ring 3.
  u64* top = reinterpret_cast<u64*>(static_cast<char*>(stack) + kThreadSize - sizeof(pt_regs));
  *--top = 0;
  *--top = reinterpret_cast<u64>(ret_from_fork);
  for (int i = 0; i < 6; ++i) *--top = 0;
  task->saved_sp = reinterpret_cast<u64>(top);
}

void set_need_resched() { this_cpu_write(need_resched_flag.needed, u8{1}); }
bool need_resched() { return this_cpu_read(need_resched_flag.needed) != 0; }

// Whether a store to its flag makes an idle CPU look at its queue. 3.2 hands over every wake-up by
// interrupt, 3.13 those to CPUs behind another last-level cache (kernel/sched/core.c,
// ttwu_queue()).
static bool notices_flag(int cpu) {
  if (release::is_3_2 || !cpus_share_cache(smp_processor_id(), cpu)) return false;
  return read_once(per_cpu(need_resched_flag, cpu).polling) != 0;
}

void wake_up_process(task_struct* task) {
  RunQueue& queue = per_cpu(runqueue, task->cpu);
  {
    SpinLockIrqGuard guard(queue.lock);
    wake_locked(&queue, task);
    write_once(per_cpu(need_resched_flag, task->cpu).needed, u8{1});
  }
  smp_mb();
  if (task->cpu != smp_processor_id() && !notices_flag(task->cpu)) smp_send_reschedule(task->cpu);
}

extern "C" void schedule() {
  const u64 flags = local_irq_save();
  RunQueue* queue = this_queue();
  spin_lock(&queue->lock);
  this_cpu_write(need_resched_flag.needed, u8{0});
  task_struct* previous = current();
  const bool idle = previous == idle_task(smp_processor_id());
  if (previous->state == TaskState::kRunning && !idle)
    list_add_tail(&previous->run_link, &queue->ready);
  task_struct* next = pick_next(queue);
  if (next == previous)
    spin_unlock(&queue->lock);
  else
    switch_to(queue, previous, next);
  local_irq_restore(flags);
}

int cond_resched() {
  if (!need_resched()) return 0;
  schedule();
  return 1;
}

extern "C" [[noreturn]] void task_begin() {
  finish_switch();
  local_irq_enable();
  task_struct* task = current();
  task->function(task->argument);
  do_exit(0);
}

extern "C" [[noreturn]] void do_exit(long code) {
  task_struct* task = current();
  if (task->on_exit != nullptr) task->on_exit(task, code);
  local_irq_disable();
  task->state = TaskState::kDead;
  schedule();
  BUG();
}

[[noreturn]] void cpu_idle() {
  for (;;) {
    local_irq_disable();
    while (!need_resched()) {
      nohz_stop_tick();
      idle_wait();
      local_irq_disable();
    }
    nohz_restart_tick();
    local_irq_enable();
    schedule();
  }
}

void run_tick() {
  RunQueue* queue = this_queue();
  spin_lock(&queue->lock);
  const u64 now = read_once(jiffies);
  for (list_head* at = queue->sleepers.next; at != &queue->sleepers;) {
    Sleeper* sleeper = container_of(at, Sleeper, link);
    at = at->next;
    if (sleeper->expires > now) continue;
    list_del(&sleeper->link);
    wake_locked(queue, sleeper->task);
  }
  if (!list_empty(&queue->ready)) set_need_resched();
  spin_unlock(&queue->lock);
}

u64 first_sleeper() {
  RunQueue* queue = this_queue();
  spin_lock(&queue->lock);
  u64 first = kNoSleeper;
  for (list_head* at = queue->sleepers.next; at != &queue->sleepers; at = at->next)
    first = min_of(first, container_of(at, Sleeper, link)->expires);
  spin_unlock(&queue->lock);
  return first;
}

void msleep(u32 milliseconds) {
  if (in_idle_task() || irqs_disabled()) {
    udelay(static_cast<u64>(milliseconds) * 1000);
    return;
  }
  // One more tick, as part of the present one is gone already.
  const u64 ticks = (static_cast<u64>(milliseconds) * kHz + 999) / 1000 + 1;
  Sleeper sleeper = {{}, current(), read_once(jiffies) + ticks};
  const u64 flags = local_irq_save();
  RunQueue* queue = this_queue();
  spin_lock(&queue->lock);
  list_add_tail(&sleeper.link, &queue->sleepers);
  current()->state = TaskState::kSleeping;
  spin_unlock(&queue->lock);
  schedule();
  local_irq_restore(flags);
}

void complete(Completion* completion) {
  task_struct* waiter = nullptr;
  {
    SpinLockIrqGuard guard(completion->lock);
    ++completion->done;
    waiter = completion->waiter;
    completion->waiter = nullptr;
  }
  if (waiter != nullptr) wake_up_process(waiter);
}

void wait_for_completion(Completion* completion) {
  for (;;) {
    const u64 flags = spin_lock_irqsave(&completion->lock);
    if (completion->done != 0) {
      --completion->done;
      spin_unlock_irqrestore(&completion->lock, flags);
      return;
    }
    const bool can_sleep = !in_idle_task();
    if (can_sleep) {
      completion->waiter = current();
      current()->state = TaskState::kSleeping;
    }
    spin_unlock_irqrestore(&completion->lock, flags);
    if (can_sleep)
      schedule();
    else
      cpu_relax();
  }
}
