#pragma once

#include "models/core/types.h"

namespace apicsim {

/// Exception vectors, SDM Vol. 3 table 6-1.
namespace vector {
inline constexpr u8 divide_error = 0, debug = 1, nmi = 2, breakpoint = 3, overflow = 4, bound = 5,
                    invalid_opcode = 6, device_not_available = 7, double_fault = 8,
                    invalid_tss = 10, segment_not_present = 11, stack_fault = 12,
                    general_protection = 13, page_fault = 14, floating_point = 16,
                    alignment_check = 17, machine_check = 18;
}  // namespace vector

/// DR6 bits of conditions other than breakpoints 0..3, SDM Vol. 3 §17.2.3.
inline constexpr u64 general_detect = 1u << 13, single_step_trap = 1u << 14,
                     task_switch_trap = 1u << 15;

/// An exception with what its delivery needs.
struct Fault {
  u8 vector = 0;
  bool has_error = false;
  u32 error = 0;
  u64 address = 0;  ///< CR2 of a page fault; bits of DR6 of a debug fault

  static Fault simple(u8 vector) { return {vector, false, 0, 0}; }
  static Fault with_error(u8 vector, u32 error) { return {vector, true, error, 0}; }
  static Fault gp(u32 error = 0) { return with_error(vector::general_protection, error); }
  static Fault ss(u32 error = 0) { return with_error(vector::stack_fault, error); }
  static Fault np(u32 error) { return with_error(vector::segment_not_present, error); }
  static Fault ts(u32 error) { return with_error(vector::invalid_tss, error); }
  static Fault ud() { return simple(vector::invalid_opcode); }
  /// #DB of class fault, with the bits of DR6 that say why.
  static Fault debug_fault(u64 dr6_bits) { return {vector::debug, false, 0, dr6_bits}; }
  static Fault page(u64 linear, u32 error) { return {vector::page_fault, true, error, linear}; }
};

}  // namespace apicsim
