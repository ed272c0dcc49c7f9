#pragma once

#include "runtime/apic.h"

/// Events that occur while another one is delivered, SDM Vol. 3 §6.15 (interrupt 8).

namespace exceptions {

enum class Class : u8 { benign, contributory, page_fault };

/// An event that the program can bring about.
struct First {
  const char* name;
  u8 vector;
  Class kind;
  bool external;  ///< EXT in the error codes of what happens in its delivery: not by INT n, INT3
  void (*raise)();
};
/// A way to disturb the delivery of a vector, and the fault that follows.
struct Second {
  const char* name;
  u8 vector;
  Class kind;
  void (*disturb)(u8 vector);
  /// Error code, from the disturbed vector and EXT.
  u64 (*error)(u8 vector, u64 ext);
};

constexpr u64 idt_bit = 2;
constexpr u8 double_fault = 8, software = 0x45, external = 0x61;
constexpr u64 nowhere = 0x7000000000;    ///< not mapped
constexpr u64 bad_stack = 0x7000001000;  ///< not mapped either; the frame ends below it
constexpr u64 non_canonical = 0x8000000000000000;

/// Disturbs, raises, and puts everything back. #DF has a stack of its own.
Caught during(const First& first, const Second& second);
Caught undisturbed(const First& first);
/// The code of level 3, for its events; RSP0 and the gates are those of the caller.
Caught in_user(const u8* code);

void check_matrix();
void check_details();
void check_gates();
void check_stacks();

extern const First firsts[];
extern const unsigned first_count;

}  // namespace exceptions

extern "C" u8 user_undefined[], user_software[], user_stack_end[];
