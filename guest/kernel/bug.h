#pragma once

#include "guest/include/types.h"

// UD2 and, in a table beside the code, the place it stands for.
struct BugEntry {
  s32 address_displacement;  // from the field to the UD2
  s32 file_displacement;     // from the field to the name of the file
  u16 line;
  u16 flags;
};

#define BUG()                                 \
  do {                                        \
    asm volatile(                             \
        "1:\tud2\n"                           \
        "\t.pushsection __bug_table, \"a\"\n" \
        "2:\t.long 1b - 2b, %c0 - 2b - 4\n"   \
        "\t.word %c1, 0\n"                    \
        "\t.popsection"                       \
        :                                     \
        : "i"(__FILE__), "i"(__LINE__));      \
    __builtin_unreachable();                  \
  } while (false)

#define BUG_ON(condition)                          \
  do {                                             \
    if (__builtin_expect(!!(condition), 0)) BUG(); \
  } while (false)

void warn_slowpath(const char* file, int line);

// The same with a text of its own.
void warn_slowpath_text(const char* file, int line, const char* text);

// The same with a text of its own, for firmware that is wrong (WARN_TAINT of a firmware
// workaround).
void warn_firmware(const char* file, int line, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

// Prints where, with a call trace, and goes on; yields the condition.
#define WARN_ON(condition) \
  (__builtin_expect(!!(condition), 0) ? (warn_slowpath(__FILE__, __LINE__), true) : false)

enum class Taint : u8 {
  kDie = 7,                 // D: the kernel has oopsed before
  kWarn = 9,                // W: a warning was printed
  kFirmwareWorkaround = 11  // I: working around a firmware bug
};
void add_taint(Taint taint);
// As in /proc/sys/kernel/tainted.
u64 taint_bits();
// "Not tainted" or "Tainted: G      D  " (kernel/panic.c print_tainted()).
const char* print_tainted();

[[noreturn]] void panic(const char* format, ...) __attribute__((format(printf, 1, 2)));
