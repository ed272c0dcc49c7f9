#pragma once

// Selectors (arch/x86/include/asm/segment.h, 64-bit).
#define KERNEL32_CS 0x08
#define KERNEL_CS 0x10
#define KERNEL_DS 0x18
#define USER32_CS 0x23
#define USER_DS 0x2b
#define USER_CS 0x33
#define TSS_SELECTOR 0x40
