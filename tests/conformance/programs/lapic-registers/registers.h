#pragma once

#include "runtime/apic.h"

/// A register of the page: what of it a store keeps.
struct PageRegister {
  const char* id;  ///< of its rule
  u32 offset;
  u32 writable;  ///< bits that a store changes
  u32 either;    ///< bits that it may change or not
  u32 base;      ///< value to write the single bits on top of
  const char* section;
  const char* text;
};

/// Bits that follow a store of `reg.base` with that one bit on top.
u32 bits_that_stick(const PageRegister& reg);

void check_bits();
void check_read_only();
void check_identity();
void check_reset();
void check_absent();
void check_access_width();
