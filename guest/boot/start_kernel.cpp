#include "guest/boot/start_kernel.h"

#include "guest/arch/cpu.h"
#include "guest/boot/boot_data.h"
#include "guest/boot/e820.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/console.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/shutdown.h"

extern "C" {
__attribute__((aligned(8192))) char init_stack[8192];

[[noreturn]] void start_kernel(u64 start_info);
}

void start_kernel(u64 start_info) {
  console_init();
  const bool known_loader = read_start_info(start_info);
  printk(msg::kBanner);
  if (!known_loader)
    for (;;) halt();
  printk(msg::kEarlyCommandLine, boot_data().command_line);
  parse_command_line(boot_data().command_line);
  e820_print();
  e820_fill_memblock();
  report_unknown_parameters();
  kernel_power_off();
}
