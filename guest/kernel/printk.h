#pragma once

#include <cstdarg>

#include "guest/include/types.h"

// Severity, as the first two characters of a format (include/linux/kern_levels.h).
#define KERN_SOH "\001"
#define KERN_EMERG KERN_SOH "0"
#define KERN_ALERT KERN_SOH "1"
#define KERN_CRIT KERN_SOH "2"
#define KERN_ERR KERN_SOH "3"
#define KERN_WARNING KERN_SOH "4"
#define KERN_NOTICE KERN_SOH "5"
#define KERN_INFO KERN_SOH "6"
#define KERN_DEBUG KERN_SOH "7"
#define KERN_DEFAULT KERN_SOH "d"
#define KERN_CONT KERN_SOH "c"  // goes on with the line before

// Conversions: %d %i %u %x %X %o %c %s %p %% with flags "0-+ #", width, precision, '*', the lengths
// hh h l ll z, and the pointer extensions %pS (symbol+off/size), %ps (symbol), %pB (return
// address). May be called on any CPU in any context. A message without newline is continued by
// KERN_CONT.
int printk(const char* format, ...) __attribute__((format(printf, 1, 2)));
int vprintk(const char* format, va_list arguments);

// Writes at most size bytes including the terminating zero; returns the length of the whole text.
int vsnprintf(char* buffer, size_t size, const char* format, va_list arguments);
int snprintf(char* buffer, size_t size, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

// The first argument must be a string literal.
#define pr_emerg(...) printk(KERN_EMERG __VA_ARGS__)
#define pr_err(...) printk(KERN_ERR __VA_ARGS__)
#define pr_warn(...) printk(KERN_WARNING __VA_ARGS__)
#define pr_notice(...) printk(KERN_NOTICE __VA_ARGS__)
#define pr_info(...) printk(KERN_INFO __VA_ARGS__)
#define pr_cont(...) printk(KERN_CONT __VA_ARGS__)

// False if messages of the kind that can come without end have had their share: ten in five seconds
// (include/linux/ratelimit.h).
bool printk_ratelimit();

// Messages less severe than `level` (1..8) stay off the console.
void set_console_loglevel(int level);
int console_loglevel();
// From now on lines go out even if another CPU holds the log (oops, panic).
void bust_spinlocks(bool on);
