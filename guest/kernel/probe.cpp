#include "guest/kernel/probe.h"

namespace {

// Kernel half and canonical: a user address would need more than a fixup.
bool plausible(u64 address) { return address >= 0xffff800000000000; }

}  // namespace

bool probe_kernel_read(u64* value, u64 address) {
  u64 read = 0;
  u32 failed = 0;
  if (!plausible(address)) return false;
  asm volatile(
      "1:\tmovq (%2), %0\n"
      "\tjmp 3f\n"
      "2:\tmovl $1, %1\n"
      "3:\n"
      "\t.pushsection __ex_table, \"a\"\n"
      "\t.balign 8\n"
      "\t.long (1b) - ., (2b) - .\n"
      "\t.popsection"
      : "=&r"(read), "+r"(failed)
      : "r"(address)
      : "memory");
  *value = read;
  return failed == 0;
}

bool probe_kernel_byte(u8* value, u64 address) {
  // The word that holds it never crosses a page.
  u64 word;
  if (!probe_kernel_read(&word, address & ~u64{7})) return false;
  *value = static_cast<u8>(word >> (address % 8 * 8));
  return true;
}
