#pragma once

#include "guest/include/types.h"

// The lines of reports in which releases differ.

// What stands before the registers; modules are named only in an oops.
void print_oops_context(bool of_oops);
// What stands between the system registers and the stack.
void print_oops_task();
// How a call trace outside of an oops begins; true if the words on the stack come next.
bool print_dump_stack_head();
// How a warning begins, with its place.
void print_warning_head(const char* file, int line, const void* caller);
