#include "guest/proc/process.h"

#include "guest/arch/irqflags.h"
#include "guest/arch/syscall.h"
#include "guest/lib/probe.h"
#include "guest/lib/string.h"
#include "guest/mm/page_alloc.h"
#include "guest/mm/slab.h"
#include "guest/mm/slab_def.h"
#include "guest/proc/exec.h"
#include "guest/proc/process_init.h"
#include "guest/proc/uaccess.h"

namespace {

kmem_cache* task_struct_cachep;

constexpr unsigned thread_size_order = 1;
static_assert((kPageSize << thread_size_order) == kThreadSize, "stacks are compound pages");

/// What the starter and the new task share; lives on the starter's stack.
struct Start {
  const ProcessSpec* spec;
  Completion ended;
  long exit_code;
};

/// A task with everything that is freed once it is off the CPU.
struct ProcessTask {
  task_struct task;
  process proc;
  Start* start;
};

long exec_first_program(const ProcessSpec& spec) {
  filename* name = getname_kernel(spec.path);
  if (is_error(name)) return pointer_error(name);
  const KernelAddressScope scope;
  return do_execve(name, spec.argv, spec.envp);
}

/// The first steps of a new process, still in the kernel: it becomes the program of its spec.
void start_process(void* argument) {
  auto* self = static_cast<ProcessTask*>(argument);
  const long error = exec_first_program(*self->start->spec);
  if (error) do_exit(error);
  strlcpy(self->task.comm, self->start->spec->comm, sizeof(self->task.comm));
  local_irq_disable();
  return_to_user(current_pt_regs());
}

void end_process(task_struct* task, long code) {
  auto* self = container_of(task, ProcessTask, task);
  for (file*& f : self->proc.files) {
    if (f) fput(f);
    f = nullptr;
  }
  PROBE2("sched", "sched_process_exit", task->comm, static_cast<u64>(task->pid));
  mm_struct* mm = self->proc.mm;
  self->proc.mm = nullptr;
  activate_mm(nullptr);
  if (mm) mmput(mm);
  self->start->exit_code = code;
  complete(&self->start->ended);
}

}  // namespace

void process_init() {
  task_struct_cachep =
      kmem_cache_create("task_struct", sizeof(ProcessTask), 0, SLAB_PANIC, nullptr);
  address_space_init();
}

long run_process(const ProcessSpec& spec) {
  Start start = {&spec, {}, 0};
  auto* self =
      static_cast<ProcessTask*>(kmem_cache_alloc(task_struct_cachep, GFP_KERNEL | __GFP_ZERO));
  void* stack = get_free_pages(GFP_KERNEL | __GFP_ZERO, thread_size_order);
  if (!self || !stack) {
    if (self) kmem_cache_free(task_struct_cachep, self);
    free_pages(stack, thread_size_order);
    return -ENOMEM;
  }
  self->start = &start;
  self->proc.addr_limit = kTaskSize;
  task_init(&self->task, stack, spec.comm, spec.pid, spec.cpu, start_process, self);
  self->task.process = &self->proc;
  self->task.on_exit = end_process;
  wake_up_process(&self->task);
  wait_for_completion(&start.ended);
  // The process ran on this CPU and cannot be running now: its stack is free.
  kmem_cache_free(task_struct_cachep, self);
  free_pages(stack, thread_size_order);
  return start.exit_code;
}
