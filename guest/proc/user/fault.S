// /usr/bin/fault X KIND: does one thing that ring 3 may not do. KIND is one digit:
//   0 reads address 0         3 divides by zero      6 writes to its code
//   1 executes HLT            4 reads a non-canonical address
//   2 executes UD2            5 reads the kernel's memory     7 jumps to its stack
// Ends with 99 if it comes through.
#include "guest/proc/user/elf_image.h"

#define SYS_EXIT 60
#define NON_CANONICAL 0x1122334455667788
#define KERNEL_ADDRESS 0xffff880000000000
#define RET_OPCODE 0xc3

ELF_BEGIN fault
  mov 24(%rsp), %rsi
  movzbl (%rsi), %eax
  sub $'0', %eax
  cmp $1, %eax
  jb 0f
  je 1f
  cmp $3, %eax
  jb 2f
  je 3f
  cmp $5, %eax
  jb 4f
  je 5f
  cmp $7, %eax
  jb 6f
  je 7f
9:
  mov $SYS_EXIT, %eax
  mov $99, %edi
  syscall
0:
  xor %ebx, %ebx
  mov (%rbx), %rax
  jmp 9b
1:
  hlt
  jmp 9b
2:
  ud2
  jmp 9b
3:
  xor %edx, %edx
  xor %ecx, %ecx
  div %ecx
  jmp 9b
4:
  movabs $NON_CANONICAL, %rbx
  mov (%rbx), %rax
  jmp 9b
5:
  movabs $KERNEL_ADDRESS, %rbx
  mov (%rbx), %rax
  jmp 9b
6:
  lea 9b(%rip), %rbx
  movb $0, (%rbx)
  jmp 9b
7:
  movb $RET_OPCODE, -64(%rsp)
  lea -64(%rsp), %rbx
  call *%rbx
  jmp 9b
ELF_END fault
