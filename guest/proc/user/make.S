// /usr/bin/make PATH COUNT OPENS: opens itself OPENS times and keeps the files open, then executes
// PATH with arguments PATH, PATH, COUNT - 1, OPENS, unless COUNT is 0. Ends with 0, or with the error
// number of what failed.
#include "guest/proc/user/elf_image.h"

#define SYS_OPEN 2
#define SYS_EXECVE 59
#define SYS_EXIT 60
#define ARGC_WANTED 4

ELF_BEGIN make
  mov (%rsp), %r12
  lea 8(%rsp), %r13                 // argv
  lea 8(%r13, %r12, 8), %r14        // envp, behind argv's null
  xor %edi, %edi
  cmp $ARGC_WANTED, %r12
  jb 8f
  mov 16(%r13), %rsi
  call 6f
  mov %rax, %r15                    // count
  test %r15, %r15
  je 8f
  mov 24(%r13), %rsi
  call 6f
  mov %rax, %rbx                    // opens
1:
  test %rbx, %rbx
  je 2f
  mov (%r13), %rdi
  xor %esi, %esi
  mov $SYS_OPEN, %eax
  syscall
  test %rax, %rax
  js 7f
  dec %rbx
  jmp 1b
2:
  // COUNT - 1 as text, written backwards below the stack pointer's new place.
  sub $96, %rsp
  lea 95(%rsp), %rsi
  movb $0, (%rsi)
  lea -1(%r15), %rax
  mov $10, %ecx
3:
  xor %edx, %edx
  div %rcx
  add $'0', %dl
  dec %rsi
  mov %dl, (%rsi)
  test %rax, %rax
  jne 3b
  mov 8(%r13), %rdi
  mov %rdi, (%rsp)
  mov %rdi, 8(%rsp)
  mov %rsi, 16(%rsp)
  mov 24(%r13), %rax
  mov %rax, 24(%rsp)
  movq $0, 32(%rsp)
  mov %rsp, %rsi
  mov %r14, %rdx
  mov $SYS_EXECVE, %eax
  syscall
  jmp 7f

  // rax = the decimal number at rsi
6:
  xor %eax, %eax
5:
  movzbl (%rsi), %ecx
  sub $'0', %ecx
  cmp $9, %ecx
  ja 4f
  imul $10, %rax, %rax
  add %rcx, %rax
  inc %rsi
  jmp 5b
4:
  ret

7:
  mov %rax, %rdi
  neg %rdi
8:
  mov $SYS_EXIT, %eax
  syscall
ELF_END make
