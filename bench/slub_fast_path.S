# Position-independent x86-64 code for the core's speed benchmark: pairs of the allocator's fast
# paths, a gs-relative CMPXCHG16B each, on a per-CPU freelist; then HLT.
# In: rcx = pairs, gs base = a 16-byte aligned {freelist, tid}, rsp = stack.
        .section .rodata
        .globl  slub_fast_path_code, slub_fast_path_end
        .balign 16
slub_fast_path_code:
1:      push    %rcx
        mov     $0x80d0, %esi
        call    3f
        mov     %rax, %rdi
        call    4f
        pop     %rcx
        dec     %rcx
        jnz     1b
        cli
2:      hlt
        jmp     2b

        .balign 16
3:      push    %rbp                    # allocate: rax = first free object
        mov     %rsp, %rbp
        push    %rbx
        push    %r12
        mov     %esi, %r12d
        and     $0x1, %esi
        jnz     2b
5:      mov     %gs:8, %rdx
        mov     %gs:0, %r8
        test    %r8, %r8
        jz      2b
        lea     1(%rdx), %rcx
        mov     (%r8), %rbx
        mov     %r8, %rax
        cmpxchg16b %gs:0
        sete    %al
        test    %al, %al
        je      5b
        prefetcht0 (%rbx)
        mov     %r8, %rax
        pop     %r12
        pop     %rbx
        pop     %rbp
        ret

        .balign 16
4:      push    %rbp                    # free: rdi = object
        mov     %rsp, %rbp
        push    %rbx
6:      mov     %gs:8, %rdx
        mov     %gs:0, %rax
        mov     %rax, (%rdi)
        lea     1(%rdx), %rcx
        mov     %rdi, %rbx
        cmpxchg16b %gs:0
        jne     6b
        pop     %rbx
        pop     %rbp
        ret
slub_fast_path_end:
        .section .note.GNU-stack, "", @progbits
