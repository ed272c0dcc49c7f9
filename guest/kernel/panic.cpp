#include "guest/arch/cpu.h"
#include "guest/arch/irqflags.h"
#include "guest/arch/percpu.h"
#include "guest/arch/spinlock.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/console.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/oops.h"
#include "guest/kernel/shutdown.h"
#include "guest/lib/string.h"
#include "guest/sched/smp.h"
#include "guest/sched/task.h"

namespace {

u64 tainted;
SpinLock panic_lock;
int panic_cpu = -1;
int timeout_seconds;  // 0: stay, negative: restart at once

bool setup_panic(const char* value) {
  if (value == nullptr) return false;
  const bool negative = value[0] == '-';
  u64 seconds;
  if (!parse_u64(value + (negative ? 1 : 0), &seconds) || seconds > 86400) return false;
  timeout_seconds = negative ? -1 : static_cast<int>(seconds);
  return true;
}
KERNEL_PARAM(panic, "panic", setup_panic);

// Letters of bits 0 up, set and clear (kernel/panic.c tnts[]).
constexpr char kTaintSet[] = "PFSRMBUDAWCIO";
constexpr char kTaintClear[] = "G            ";

}  // namespace

void add_taint(Taint taint) { tainted |= u64{1} << static_cast<int>(taint); }

u64 taint_bits() { return tainted; }

const char* print_tainted() {
  static char text[sizeof("Tainted: ") + sizeof(kTaintSet)];
  if (tainted == 0) return "Not tainted";
  strlcpy(text, "Tainted: ", sizeof(text));
  char* letter = text + strlen(text);
  for (size_t bit = 0; bit + 1 < sizeof(kTaintSet); ++bit)
    *letter++ = (tainted >> bit & 1) != 0 ? kTaintSet[bit] : kTaintClear[bit];
  *letter = '\0';
  return text;
}

[[noreturn]] void panic(const char* format, ...) {
  local_irq_disable();
  // The first one ends the machine; others wait for it, and one on its way stops (kernel/panic.c
  // panic_smp_self_stop()).
  if (!spin_trylock(&panic_lock)) {
    if (panic_cpu == smp_processor_id()) report_exit_status(1);
    for (;;) halt();
  }
  panic_cpu = smp_processor_id();
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  bust_spinlocks(true);
  printk(msg::kPanic, text);
  // An oops has shown the stack already.
  if ((tainted >> static_cast<int>(Taint::kDie) & 1) == 0) dump_stack();
  smp_send_stop();
  report_exit_status(1);
  if (timeout_seconds != 0) {
    if (timeout_seconds > 0) printk(msg::kRebooting, timeout_seconds);
    for (int i = 0; i < timeout_seconds; ++i) udelay(1000000);
    machine_restart();
  }
  for (;;) halt();
}
