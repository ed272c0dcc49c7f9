// Linux 3.13: lib/dump_stack.c, kernel/printk/printk.c dump_stack_print_info(),
// arch/x86/kernel/dumpstack.c, kernel/panic.c warn_slowpath_common().
#include "guest/arch/percpu.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/dmi.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/oops_form.h"
#include "guest/sched/task.h"

namespace {

void print_cpu() {
  const task_struct* task = current();
  printk(msg::kCpuPid, smp_processor_id(), task->pid, task->comm, print_tainted(), msg::kRelease,
         msg::kVersion);
  if (dmi_description()[0] != '\0') printk(msg::kHardwareName, dmi_description());
}

}  // namespace

void print_oops_context(bool of_oops) {
  if (of_oops) printk(msg::kModules);
  print_cpu();
  const task_struct* task = current();
  printk(msg::kTask, static_cast<const void*>(task), static_cast<const void*>(task->stack),
         static_cast<const void*>(task->stack));
}

void print_oops_task() {}

bool print_dump_stack_head() {
  print_cpu();
  return true;
}

void print_warning_head(const char* file, int line, const void* caller) {
  printk(msg::kWarning, smp_processor_id(), current()->pid, file, line, caller);
}
