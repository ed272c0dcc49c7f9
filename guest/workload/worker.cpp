#include "guest/workload/worker.h"

#include "guest/arch/atomic.h"
#include "guest/arch/spinlock.h"
#include "guest/kernel/printk.h"
#include "guest/mm/page_alloc.h"

namespace {

struct WorkItem {
  const Command* command;
  Batch* batch;
};

constexpr u32 queue_size = 128;
constexpr int first_worker_pid = 100;
constexpr unsigned stack_order = 1;
static_assert((kPageSize << stack_order) == kThreadSize, "kernel stacks");

/// The queue is written by the interpreter only and read by the thread only.
struct Worker {
  task_struct task;
  int cpu;
  u32 head;  ///< next item to run
  u32 tail;  ///< next free place
  Completion more;
  WorkItem items[queue_size];
};
static_assert(sizeof(Worker) <= kPageSize, "one page each");

Worker* workers[kMaxCpus];

void run_items(void* argument) {
  auto* worker = static_cast<Worker*>(argument);
  for (;;) {
    wait_for_completion(&worker->more);
    const WorkItem item = worker->items[worker->head % queue_size];
    store_release(worker->head, worker->head + 1);
    item.command->verb->on_cpu(*item.command, worker->cpu);
    finish_in_batch(item.batch);
  }
}

/// Stack and queue come from the CPU's own node, as pages: the slab caches stay as the script's
/// commands make them.
Worker* create_worker(int cpu) {
  const int node = cpu_to_node(cpu);
  page* memory = alloc_pages_node(node, GFP_KERNEL | __GFP_ZERO, 0);
  page* stack = alloc_pages_node(node, GFP_KERNEL | __GFP_ZERO, stack_order);
  if (!memory || !stack) return nullptr;
  auto* worker = static_cast<Worker*>(page_address(memory));
  worker->cpu = cpu;
  char name[16];
  snprintf(name, sizeof(name), "kworker/%d:0", cpu);
  task_init(&worker->task, page_address(stack), name, first_worker_pid + cpu, cpu, run_items,
            worker);
  wake_up_process(&worker->task);
  return worker;
}

Worker* worker_of(int cpu) {
  if (!workers[cpu]) workers[cpu] = create_worker(cpu);
  return workers[cpu];
}

void enqueue(Worker* worker, const WorkItem& item) {
  while (worker->tail - load_acquire(worker->head) == queue_size) msleep(1);
  worker->items[worker->tail % queue_size] = item;
  ++worker->tail;
  complete(&worker->more);
}

}  // namespace

/// The count starts at one for the waiter itself, so that no early end completes the batch.
Batch::Batch() : m_pending(1), m_done() {}

void finish_in_batch(Batch* batch) {
  if (atomic_dec_and_test(batch->m_pending)) complete(&batch->m_done);
}

bool Batch::start(const Command& command) {
  for (int cpu = command.cpus.next(0); cpu >= 0; cpu = command.cpus.next(cpu + 1)) {
    Worker* worker = worker_of(cpu);
    if (!worker) return false;
    atomic_inc(m_pending);
    enqueue(worker, {&command, this});
  }
  return true;
}

void Batch::wait() {
  if (!atomic_dec_and_test(m_pending)) wait_for_completion(&m_done);
  m_pending = 1;
}
