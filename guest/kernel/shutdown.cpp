#include "guest/kernel/shutdown.h"

#include "guest/acpi/acpi.h"
#include "guest/arch/cpu.h"
#include "guest/arch/io.h"
#include "guest/arch/irqflags.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/console.h"
#include "guest/kernel/messages.h"
#include "guest/sched/smp.h"
#include "guest/sched/task.h"

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

// Whoever listens at the port may take a moment to end the machine: nothing is printed meanwhile.
void report_exit_status(u8 status) {
  constexpr u64 kGraceUs = 100'000;
  console_flush();
  if (!debug_exit.present) return;
  outb(status, debug_exit.port);
  udelay(kGraceUs);
}

void kernel_power_off() {
  report_exit_status(0);
  printk(msg::kPowerDown);
  local_irq_disable();
  console_flush();
  smp_send_stop();
  acpi_power_off();
  for (;;) halt();
}

void machine_restart() {
  local_irq_disable();
  console_flush();
  const AcpiFadt* fadt = acpi_fadt();
  constexpr u32 kResetSupported = 1u << 10;  // ACPI §5.2.9.3 RESET_REG_SUP
  constexpr u8 kSystemIo = 1;
  if (fadt != nullptr && fadt->header.length > offsetof(AcpiFadt, reset_value) &&
      (fadt->flags & kResetSupported) != 0 && fadt->reset.space == kSystemIo)
    outb(fadt->reset_value, static_cast<u16>(fadt->reset.address));
  // Intel chipsets: full reset by the reset control register; then the keyboard controller's line.
  outb(0x06, 0xcf9);
  outb(0xfe, 0x64);
  for (;;) halt();
}
