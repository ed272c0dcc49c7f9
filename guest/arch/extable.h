#pragma once

// A pair of places relative to the table: an instruction that may fault and where to go on then.
// The fault handlers look here before they call a fault in the kernel a bug.
#define EXTABLE_ENTRY(from, to)        \
  "\t.pushsection __ex_table, \"a\"\n" \
  "\t.balign 8\n"                      \
  "\t.long (" #from                    \
  ") - .\n"                            \
  "\t.long (" #to                      \
  ") - .\n"                            \
  "\t.popsection\n"
