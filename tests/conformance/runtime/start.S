// Entry of a program and of its further processors, and the way to 64-bit mode.
//
// The first processor comes by PVH (Xen "x86/HVM direct boot ABI"): 32-bit protected mode, flat
// segments, no paging. The others come by INIT-SIPI-SIPI: real mode, at `ap_trampoline`, which
// smp.cpp copies to a page below 1 MiB.

#define CODE32 0x08
#define CODE64 0x10
#define DATA 0x18

    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 4, 18                      // XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long pvh_start

    .text
    .code32
    .globl pvh_start
pvh_start:
    cld
    cli
    lgdt start_gdt_pointer
    mov $stack_top, %esp
    mov $first_start64, %ebx
    jmp enter_64

ap_start32:
    mov ap_stack, %esp
    mov $ap_start64, %ebx

// ESP and EBX: stack and where to go on.
enter_64:
    mov $DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $start_pml4, %eax
    mov %eax, %cr3
    mov $0x20, %eax                     // PAE
    mov %eax, %cr4
    mov $0xc0000080, %ecx
    rdmsr
    or $0x901, %eax                     // SCE, LME, NXE
    wrmsr
    mov $0x80010033, %eax               // PG, WP, NE, ET, MP, PE
    mov %eax, %cr0
    ljmp $CODE64, $1f
    .code64
1:  mov %esp, %esp
    mov %ebx, %ebx
    jmp *%rbx

first_start64:
    call run_program
1:  hlt
    jmp 1b

ap_start64:
    call run_processor
1:  cli
    hlt
    jmp 1b

// Entered in real mode with CS = its page / 16 and IP = 0 (SDM Vol. 3 §8.4.4.1).
    .globl ap_trampoline, ap_trampoline_end
    .code16
ap_trampoline:
    cli
    cld
    lgdtl %cs:(start_gdt_pointer_copy - ap_trampoline)
    mov $0x11, %eax                     // ET, PE
    mov %eax, %cr0
    ljmpl $CODE32, $ap_start32_far
start_gdt_pointer_copy:
    .word start_gdt_end - start_gdt - 1
    .long start_gdt
ap_trampoline_end:

    .code32
ap_start32_far:
    mov $DATA, %eax
    mov %eax, %ds
    jmp ap_start32

    .data
    .balign 8
start_gdt:
    .quad 0
    .quad 0x00cf9b000000ffff
    .quad 0x00af9b000000ffff
    .quad 0x00cf93000000ffff
start_gdt_end:
start_gdt_pointer:
    .word start_gdt_end - start_gdt - 1
    .long start_gdt
    .balign 8
    .globl ap_stack
ap_stack:
    .long 0

// The first GiB is memory; the last one below 4 GiB is uncached: I/O APIC, HPET, local APIC. All in
// 2 MiB pages; only 0x800000 is open to user code.
    .balign 4096
    .globl start_pml4, start_pdpt, start_pd
start_pml4:
    .quad start_pdpt + 0x67
    .fill 511, 8, 0
start_pdpt:
    .quad start_pd + 0x67
    .quad 0, 0
    .quad device_pd + 0x63
    .fill 508, 8, 0
start_pd:
    .set frame, 0
    .rept 512
    .quad (frame << 21) + 0xe3 + ((frame == 4) & 4)
    .set frame, frame + 1
    .endr
device_pd:
    .set frame, 1536
    .rept 512
    .quad (frame << 21) + 0xfb
    .set frame, frame + 1
    .endr

    .bss
    .balign 16
    .skip 32768
stack_top:
