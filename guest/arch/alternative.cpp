#include "guest/arch/alternative.h"

#include "guest/arch/cpu.h"
#include "guest/arch/irqflags.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"
#include "guest/lib/probe.h"
#include "guest/lib/string.h"
#include "guest/mm/layout.h"

namespace {

struct AltInstr {
  s32 code_displacement;         // from the field to the code
  s32 replacement_displacement;  // from the field to the replacement
  u16 feature;
  u8 code_length;
  u8 replacement_length;
};
static_assert(sizeof(AltInstr) == 12, "the table is written by assembly");

constexpr u8 kNop = 0x90;

bool debug_alternative;

bool setup_debug(const char*) {
  debug_alternative = true;
  return true;
}
KERNEL_PARAM(debug_alternative, "debug-alternative", setup_debug);

// The only word of features that any code asks for is that of CPUID.01H:ECX.
bool cpu_has(u16 feature) {
  BUG_ON(feature / 32 != 4);
  return (cpuid(1).ecx >> feature % 32 & 1) != 0;
}

u64 target(const s32& displacement) {
  return reinterpret_cast<u64>(&displacement) + static_cast<u64>(static_cast<s64>(displacement));
}

// The kernel's text is mapped read-only; the same memory is written through the direct map. CPUID
// serialises, so that nothing fetched before is executed (SDM Vol. 3 §8.1.3).
void text_poke_early(u64 address, const u8* bytes, size_t length) {
  IrqGuard guard;
  memcpy(phys_to_virt<u8>(address - kKernelMap), bytes, length);
  cpuid(0);
}

void apply(const AltInstr& entry) {
  u8 bytes[255];
  BUG_ON(entry.replacement_length > entry.code_length);
  memset(bytes, kNop, entry.code_length);
  memcpy(bytes, reinterpret_cast<const void*>(target(entry.replacement_displacement)),
         entry.replacement_length);
  const u64 code = target(entry.code_displacement);
  text_poke_early(code, bytes, entry.code_length);
  PROBE2("alternatives", "patched", code, static_cast<u64>(entry.feature));
}

}  // namespace

extern "C" const AltInstr __alt_instructions[], __alt_instructions_end[];

void alternative_instructions() {
  if (debug_alternative) {
    printk(msg::kAlternativeTable, static_cast<const void*>(__alt_instructions),
           static_cast<const void*>(__alt_instructions_end));
  }
  for (const AltInstr* entry = __alt_instructions; entry < __alt_instructions_end; ++entry) {
    if (cpu_has(entry->feature)) apply(*entry);
  }
}
