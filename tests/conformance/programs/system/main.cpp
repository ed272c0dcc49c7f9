#include "system.h"

// The processor as system software sees it, on one CPU.

[[gnu::section(".user")]] alignas(16) u8 user_stack[4096] = {1};
u64 user_stack_top() { return reinterpret_cast<u64>(user_stack) + sizeof user_stack; }

void program() {
  check_faults();
  check_paging();
  check_privilege();
  check_segments();
  check_registers();
  check_debug();
  finish("system");
}
