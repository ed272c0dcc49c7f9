#include "guest/kernel/shutdown.h"

#include "guest/arch/cpu.h"
#include "guest/arch/io.h"
#include "guest/arch/irqflags.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/console.h"

namespace {

struct DebugExit {
  bool present;
  u16 port;
};
DebugExit debug_exit;

bool setup_debug_exit(const char* value) {
  u64 port;
  if (value == nullptr || !parse_u64(value, &port) || port > 0xffff) return false;
  debug_exit = {true, static_cast<u16>(port)};
  return true;
}
KERNEL_PARAM(debug_exit, "debug_exit", setup_debug_exit);

}  // namespace

void report_exit_status(u8 status) {
  console_flush();
  if (debug_exit.present) outb(status, debug_exit.port);
}

void kernel_power_off() {
  report_exit_status(0);
  local_irq_disable();
  for (;;) halt();
}
