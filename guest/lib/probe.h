// Static probes in the SystemTap SDT format, version 3: one nop in the code and one ELF note of
// type 3 and owner "stapsdt" in the non-loaded section .note.stapsdt, holding the probe's address,
// the link-time base (unused, 0), the semaphore (none, 0), provider, name and argument operands as
// `size@operand`. Tools find them with `readelf -n`; the guest itself keeps no count.
// Format: sourceware.org/systemtap/wiki/UserSpaceProbeImplementation.
#pragma once

#ifdef __ASSEMBLER__

// STAP_PROBE provider, name, args: assembler form, all quoted; `args` are the finished operands.
// clang-format off
  .macro STAP_PROBE provider, name, args
990: nop
  .pushsection ".note.stapsdt", "", "note"
  .balign 4
  .4byte 992f - 991f, 994f - 993f, 3
991: .asciz "stapsdt"
992: .balign 4
993: .8byte 990b
  .8byte 0
  .8byte 0
  .asciz "\provider"
  .asciz "\name"
  .asciz "\args"
994: .balign 4
  .popsection
  .endm
// clang-format on

#else

#define STAP_PROBE_TEXT(provider, name, args)    \
  "990: nop\n"                                   \
  ".pushsection .note.stapsdt, \"\", \"note\"\n" \
  ".balign 4\n"                                  \
  ".4byte 992f - 991f, 994f - 993f, 3\n"         \
  "991: .asciz \"stapsdt\"\n"                    \
  "992: .balign 4\n"                             \
  "993: .8byte 990b\n"                           \
  ".8byte 0\n"                                   \
  ".8byte 0\n"                                   \
  ".asciz \"" provider                           \
  "\"\n"                                         \
  ".asciz \"" name                               \
  "\"\n"                                         \
  ".asciz \"" args                               \
  "\"\n"                                         \
  "994: .balign 4\n"                             \
  ".popsection\n"

/// A probe whose single argument is an unsigned 64-bit value or a pointer.
#define PROBE1(provider, name, a) asm volatile(STAP_PROBE_TEXT(provider, name, "8@%0") : : "nor"(a))

/// A probe with two 64-bit arguments.
#define PROBE2(provider, name, a, b) \
  asm volatile(STAP_PROBE_TEXT(provider, name, "8@%0 8@%1") : : "nor"(a), "nor"(b))

/// A probe with three 64-bit arguments.
#define PROBE3(provider, name, a, b, c) \
  asm volatile(STAP_PROBE_TEXT(provider, name, "8@%0 8@%1 8@%2") : : "nor"(a), "nor"(b), "nor"(c))

/// The tracepoint kmem:`name` with the kernel's arguments: call_site, ptr, bytes_req, bytes_alloc,
/// gfp_flags (include/trace/events/kmem.h).
#define KMEM_PROBE(name, call_site, ptr, bytes_req, bytes_alloc, gfp_flags)          \
  asm volatile(STAP_PROBE_TEXT("kmem", name, "8@%0 8@%1 8@%2 8@%3 4@%4")             \
               :                                                                     \
               : "nor"(call_site), "nor"(ptr), "nor"(bytes_req), "nor"(bytes_alloc), \
                 "nor"(gfp_flags))

#endif
