#include "guest/kernel/lkdtm.h"

#include "guest/arch/cpu.h"
#include "guest/arch/percpu.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"
#include "guest/lib/string.h"
#include "guest/mm/layout.h"
#include "guest/mm/memblock.h"
#include "guest/sched/smp.h"
#include "guest/sched/task.h"

namespace {

using Crash = void (*)();

char wanted[32];
int wanted_cpu;
task_struct thread;
__attribute__((aligned(kThreadSize))) char thread_stack[kThreadSize];
Completion finished;

volatile u64 zero;

NOINLINE void crash_panic() { panic("dumptest"); }
NOINLINE void crash_bug() { BUG_ON(zero == 0); }
NOINLINE void crash_warning() { WARN_ON(zero == 0); }
NOINLINE void crash_exception() { *reinterpret_cast<volatile int*>(zero) = 0; }
NOINLINE void crash_paging() { *reinterpret_cast<volatile int*>(0xffff900000000000 + zero) = 0; }
NOINLINE void crash_write_ro() { *reinterpret_cast<volatile u8*>(crash_panic) = 0; }
NOINLINE void crash_exec_data() { reinterpret_cast<Crash>(thread_stack)(); }
NOINLINE void crash_noncanonical() {
  (void)*reinterpret_cast<volatile u64*>(0xffff000800000000 + zero);
}
NOINLINE void crash_divide() { zero = (zero + 1) / zero; }
NOINLINE void crash_bad_stack() {
  // The push of the fault's own frame faults, too.
  asm volatile("movq %0, %%rsp\n\tud2" : : "r"(0xffff900000000000 + zero) : "memory");
}
void die_on_other_cpu(void*) { crash_exception(); }
NOINLINE void crash_in_interrupt() {
  const int other = smp_processor_id() == 0 && cpu_online(1) ? 1 : 0;
  smp_call_function_single(other, die_on_other_cpu, nullptr, true);
}

struct CrashType {
  const char* name;
  Crash crash;
};
// The first ones as drivers/misc/lkdtm.c names them.
constexpr CrashType kTypes[] = {
    {"PANIC", crash_panic},
    {"BUG", crash_bug},
    {"WARNING", crash_warning},
    {"EXCEPTION", crash_exception},
    {"WRITE_RO", crash_write_ro},
    {"EXEC_DATA", crash_exec_data},
    {"PAGING", crash_paging},
    {"NONCANONICAL", crash_noncanonical},
    {"DIVIDE", crash_divide},
    {"DOUBLE_FAULT", crash_bad_stack},
    {"INTERRUPT", crash_in_interrupt},
};

const CrashType* find_type(const char* name) {
  for (const CrashType& type : kTypes) {
    if (strcmp(type.name, name) == 0) return &type;
  }
  return nullptr;
}

bool setup_type(const char* value) {
  if (value == nullptr || find_type(value) == nullptr) return false;
  strlcpy(wanted, value, sizeof(wanted));
  return true;
}
KERNEL_PARAM(lkdtm, "lkdtm.cpoint_type", setup_type);

bool setup_cpu(const char* value) {
  u64 cpu;
  if (value == nullptr || !parse_u64(value, &cpu) || cpu >= kMaxCpus) return false;
  wanted_cpu = static_cast<int>(cpu);
  return true;
}
KERNEL_PARAM(lkdtm_cpu, "lkdtm.cpu", setup_cpu);

void crash_thread(void*) {
  printk(msg::kLkdtm, wanted);
  find_type(wanted)->crash();
}

}  // namespace

void lkdtm_run() {
  if (wanted[0] == '\0' || !cpu_online(wanted_cpu)) return;
  task_init(&thread, thread_stack, "lkdtm", 2, wanted_cpu, crash_thread, nullptr);
  thread.on_reap = [](task_struct*) { complete(&finished); };
  wake_up_process(&thread);
  wait_for_completion(&finished);
}
