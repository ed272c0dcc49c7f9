#pragma once

#include "guest/include/types.h"

inline constexpr size_t kSymbolTextSize = 160;

struct Symbol {
  const char* name;
  u64 offset;  // of the address in the function
  u64 size;    // of the function
};

// False if the address lies in no function of the kernel.
bool find_symbol(u64 address, Symbol* symbol);
bool is_kernel_text(u64 address);

// "name+0x1c/0x40", or the bare address in hexadecimal. A return address may lie behind the last
// instruction of its function, so with `return_address` the byte before it is looked up.
void describe_symbol(u64 address, bool return_address, char* buffer, size_t size);
void symbol_name(u64 address, char* buffer, size_t size);
