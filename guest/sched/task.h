#pragma once

#include "guest/arch/percpu.h"
#include "guest/arch/ptregs.h"
#include "guest/arch/spinlock.h"
#include "guest/include/types.h"
#include "guest/lib/list.h"

inline constexpr u64 kThreadSize = 8192;  // kernel stack, naturally aligned

struct task_struct;

// At the lowest address of every kernel stack.
struct thread_info {
  task_struct* task;
  u32 flags;
  u32 status;
  u32 cpu;
  s32 preempt_count;
};

enum class TaskState : u32 { kRunning, kSleeping, kDead };

// A thread of execution. Tasks stay on the CPU that they were made for and give it up by
// themselves.
struct task_struct {
  u64 saved_sp;        // kernel stack pointer while not running
  thread_info* stack;  // lowest address of the kernel stack
  TaskState state;
  int pid;
  int cpu;
  char comm[16];
  u64 cr3;      // physical address of the page tables; 0: a kernel thread, any will do
  u64 user_fs;  // FS base in ring 3
  void (*function)(void*);
  void* argument;
  void (*on_exit)(task_struct*, long code);  // frees what belongs to the task, still on its stack
  void (*on_reap)(task_struct*);  // frees the task and its stack, once it will never run again
  void* process;                  // for the owner of ring-3 tasks
  list_head run_link;
};

extern "C" {
DECLARE_PER_CPU(task_struct*, current_task);
DECLARE_PER_CPU(u64, kernel_stack);  // top of the running task's stack
}

ALWAYS_INLINE task_struct* current() { return this_cpu_read(current_task); }

// Prepares a task that will run function(argument) on `cpu` once woken. `stack` is kThreadSize
// bytes, naturally aligned; neither is freed here. Returning from the function is do_exit(0).
void task_init(task_struct* task, void* stack, const char* comm, int pid, int cpu,
               void (*function)(void*), void* argument);

// Puts a sleeping or new task into its CPU's queue; sends a reschedule IPI where that is another
// one. Nothing happens if it runs already.
void wake_up_process(task_struct* task);

// Gives the CPU to the next task of its queue, or to idle. A caller that set its state to kSleeping
// comes back when woken.
extern "C" void schedule();
// Gives way if the tick or a wake-up asked for it.
int cond_resched();
bool need_resched();

// Ends the running task: calls on_exit, never comes back.
extern "C" [[noreturn]] void do_exit(long code);

// Sleeps for at least that long; busy-waits where sleeping is impossible (idle, interrupts off).
void msleep(u32 milliseconds);
// Busy-waits by the time stamp counter.
void udelay(u64 microseconds);

// Lets tasks wait for an event. Zero is "not yet"; every complete() lets one waiter pass.
struct Completion {
  SpinLock lock;
  u32 done;
  task_struct* waiter;  // at most one
};
void complete(Completion* completion);
void wait_for_completion(Completion* completion);
