#pragma once

// Code that is replaced at boot where the processor has a feature. The table's entry has the form
// of Linux 3.2 and 3.13 (arch/x86/include/asm/alternative.h, struct alt_instr): offsets from the
// field itself to the code and to its replacement, the feature, the lengths of both.

// Number of a feature: 32 * word + bit; word 4 is CPUID.01H:ECX
// (arch/x86/include/asm/cpufeature.h).
#define X86_FEATURE_CX16 (4 * 32 + 13)

#ifdef __ASSEMBLER__

// clang-format off
  .macro ALTERNATIVE_ENTRY code, code_end, replacement, replacement_end, feature
  .pushsection .altinstructions, "a"
  .long \code - .
  .long \replacement - .
  .short \feature
  .byte \code_end - \code, \replacement_end - \replacement
  .popsection
  .endm
// clang-format on

#else

#include "guest/include/types.h"

#define ALTERNATIVE_NUMBER_TEXT(number) #number
#define ALTERNATIVE_NUMBER(number) ALTERNATIVE_NUMBER_TEXT(number)

/// For inline assembly: `code`, until a processor with `feature` replaces it. The replacement must
/// not be longer, nor refer to its own place.
#define ALTERNATIVE(code, replacement, feature) \
  "771:\t" code                                            \
  "\n772:\n"                                               \
  "\t.pushsection .altinstr_replacement, \"a\"\n"          \
  "773:\t" replacement                                     \
  "\n774:\n"                                               \
  "\t.popsection\n"                                        \
  "\t.pushsection .altinstructions, \"a\"\n"               \
  "\t.long 771b - ., 773b - .\n"                           \
  "\t.short " ALTERNATIVE_NUMBER(feature)                  \
  "\n\t.byte 772b - 771b, 774b - 773b\n"                   \
  "\t.popsection\n"

/// Replaces what this processor has better instructions for. Once, before the other processors run;
/// until then the code as compiled is executed.
void alternative_instructions();

#endif
