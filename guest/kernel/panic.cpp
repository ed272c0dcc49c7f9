#include "guest/arch/cpu.h"
#include "guest/arch/irqflags.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/console.h"
#include "guest/kernel/oops.h"
#include "guest/kernel/printk.h"
#include "guest/kernel/shutdown.h"
#include "guest/lib/string.h"
#include "guest/sched/smp.h"

namespace {

u64 tainted;

// Letters of bits 0 up, set and clear (kernel/panic.c tnts[]).
constexpr char kTaintSet[] = "PFSRMBUDAWCIOE";
constexpr char kTaintClear[] = "G             ";

}  // namespace

void add_taint(Taint taint) { tainted |= u64{1} << static_cast<int>(taint); }

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
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  bust_spinlocks(true);
  printk(KERN_EMERG "Kernel panic - not syncing: %s\n", text);
  dump_stack();
  smp_send_stop();
  report_exit_status(1);
  for (;;) halt();
}
