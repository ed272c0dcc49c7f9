// Linux 3.2: arch/x86/kernel/dumpstack_64.c show_registers(), process.c show_regs_common(),
// process_64.c __show_regs(), dumpstack.c dump_stack(), kernel/panic.c warn_slowpath_common().
#include "guest/arch/percpu.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/dmi.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/oops_form.h"
#include "guest/sched/task.h"

namespace {

#define DEBUG_REGISTER(n)                                          \
  u64 read_dr##n() {                                               \
    u64 value;                                                     \
    asm volatile("mov %%dr" #n ", %0" : "=r"(value) : : "memory"); \
    return value;                                                  \
  }
DEBUG_REGISTER(0)
DEBUG_REGISTER(1)
DEBUG_REGISTER(2)
DEBUG_REGISTER(3)
DEBUG_REGISTER(6)
DEBUG_REGISTER(7)
#undef DEBUG_REGISTER

void print_pid() {
  const task_struct* task = current();
  printk(msg::kPid, task->pid, task->comm, print_tainted(), msg::kRelease, msg::kVersion);
}

}  // namespace

void print_oops_context(bool) {
  printk(msg::kOopsCpu, smp_processor_id());
  printk(msg::kModules);
  pr_cont("\n");
  print_pid();
  pr_cont(" %s %s", dmi_vendor(), dmi_product());
  if (dmi_board()[0] != '\0') pr_cont("/%s", dmi_board());
  pr_cont("\n");
}

void print_oops_task() {
  printk(msg::kRegDr0, read_dr0(), read_dr1(), read_dr2());
  printk(msg::kRegDr3, read_dr3(), read_dr6(), read_dr7());
  const task_struct* task = current();
  printk(msg::kProcess, task->comm, task->pid, static_cast<const void*>(task->stack),
         static_cast<const void*>(task));
}

bool print_dump_stack_head() {
  print_pid();
  pr_cont("\n");
  return false;
}

void print_warning_head(const char* file, int line, const void* caller) {
  printk(msg::kWarningAt, file, line, caller);
  if (dmi_product()[0] != '\0') printk(msg::kHardwareName, dmi_product());
}
