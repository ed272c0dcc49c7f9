#include "guest/sched/idle.h"

#include "guest/arch/cpu.h"
#include "guest/arch/irqflags.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"
#include "guest/lib/string.h"

namespace {

bool poll;

// arch/x86/kernel/process.c: poll spins, halt and nomwait end at HLT, which is the default here.
bool setup_idle(const char* value) {
  if (value == nullptr) return false;
  if (strcmp(value, "poll") == 0) {
    printk(msg::kIdlePoll);
    poll = true;
    return true;
  }
  return strcmp(value, "halt") == 0 || strcmp(value, "nomwait") == 0;
}
KERNEL_PARAM(idle, "idle", setup_idle);

}  // namespace

void idle_wait() {
  if (poll) {
    local_irq_enable();
    cpu_relax();
  } else {
    enable_and_halt();
  }
}
