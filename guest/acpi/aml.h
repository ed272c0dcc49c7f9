// AML read without an interpreter: constants that Name() gives to names of the DSDT (ACPI §20.2).
#pragma once

#include "guest/include/types.h"

// A place in the code; all reading stops at its end.
struct AmlCursor {
  const u8* code;
  size_t size, at;
};

// The start of the DSDT's code; nothing to read where there is none.
AmlCursor aml_start();

// Steps to what the next Name(`segment`, ...) gives to its four characters; false: no more.
bool aml_next_name(AmlCursor* cursor, const char* segment);
// Reads an integer constant and steps over it; false if something else is there.
bool aml_read_constant(AmlCursor* cursor, u32* value);
// Steps into a package, to its first element; false if there is none.
bool aml_enter_package(AmlCursor* cursor);

// The buses of the host bridges as their _BBN say (ACPI §6.5.5), each once; 0 where none says it.
// At most `limit` of them.
int acpi_root_buses(u8* buses, int limit);
