// Parameters of the command line that have no better home.
#include "guest/arch/cpu.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"
#include "guest/lib/string.h"

namespace {

// init/main.c: quiet shows errors and worse, debug everything.
bool setup_quiet(const char*) {
  set_console_loglevel(4);
  return true;
}
bool setup_debug(const char*) {
  set_console_loglevel(10);
  return true;
}
bool setup_loglevel(const char* value) {
  u64 level;
  if (value == nullptr || !parse_u64(value, &level) || level < 1 || level > 15) return false;
  set_console_loglevel(static_cast<int>(level));
  return true;
}
KERNEL_PARAM_CONSOLE(quiet, "quiet", setup_quiet);
KERNEL_PARAM_CONSOLE(debug, "debug", setup_debug);
KERNEL_PARAM_CONSOLE(loglevel, "loglevel", setup_loglevel);

// The first serial port at 115200 is the console whatever is said; another one is named as missing.
bool setup_console(const char* value) {
  if (value == nullptr) return false;
  const bool serial = strncmp(value, "ttyS0", 5) == 0;
  const bool as_is = value[5] == '\0' || strncmp(value + 5, ",115200", 7) == 0;
  if (!serial || !as_is) printk(msg::kNoSuchConsole, value);
  return true;
}
KERNEL_PARAM_CONSOLE(console, "console", setup_console);

// One line, however many of them there are.
bool setup_root(const char*) {
  static bool told;
  if (!told) printk(msg::kNoRoot);
  told = true;
  return true;
}
KERNEL_PARAM(root, "root", setup_root);
KERNEL_PARAM(ro, "ro", setup_root);
KERNEL_PARAM(rw, "rw", setup_root);
KERNEL_PARAM(init, "init", setup_root);

}  // namespace
