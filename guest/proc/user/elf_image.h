// An ELF executable with one loadable segment, laid out by the assembler: everything between
// ELF_BEGIN and ELF_END is mapped, readable and executable, at 0x400000. The code must not depend
// on where it is linked.
#pragma once

// clang-format off
#define ELF_LOAD_ADDRESS 0x400000

  .macro ELF_BEGIN name
  .section .rodata.user_\name, "a", @progbits
  .balign 16
  .globl user_\name\()_start, user_\name\()_end
user_\name\()_start:
  .byte 0x7f, 'E', 'L', 'F', 2, 1, 1, 0
  .quad 0
  .2byte 2, 62
  .4byte 1
  .quad ELF_LOAD_ADDRESS + user_\name\()_entry - user_\name\()_start
  .quad 64, 0
  .4byte 0
  .2byte 64, 56, 1, 64, 0, 0
  .4byte 1, 5
  .quad 0, ELF_LOAD_ADDRESS, ELF_LOAD_ADDRESS
  .quad user_\name\()_end - user_\name\()_start, user_\name\()_end - user_\name\()_start, 0x1000
user_\name\()_entry:
  .endm

  .macro ELF_END name
user_\name\()_end:
  .endm
                                                 // clang-format on
