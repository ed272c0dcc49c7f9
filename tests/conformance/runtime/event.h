#pragma once

#include "report.h"

/// Exceptions and interrupts: what comes unasked is caught or handled.

/// What the common entry of all vectors leaves on the stack.
struct Frame {
  u64 r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
  u64 vector, error, rip, cs, rflags, rsp, ss;
};

/// The first event of an attempt. `vector` is `none` if there was none.
struct Caught {
  static constexpr u64 none = ~0ul;
  u64 vector;
  u64 error, rip, cs, rflags, rsp, ss;
  u64 cr2;
  u64 handler_rsp;    ///< stack pointer at the entry of the handler, before the error code
  u64 handler_flags;  ///< RFLAGS in the handler
  u64 handler_ss, handler_cs;
  u64 count;     ///< events in all
  u64 rcx, r11;  ///< registers at the first event
};

/// Where a caught event goes on.
struct Resume {
  u64 rip, rsp;
};

extern "C" {
void attempt_call(void (*function)(void*), void* argument, Resume* resume);
[[noreturn]] void enter_user(u64 rip, u64 rsp, u64 flags);
extern u64 start_pml4[512], start_pdpt[512], start_pd[512];
}

/// State of the processor that executes this.
Caught& caught();
Resume& resume();

/// Runs `function` on this processor; an event that has no handler ends it and is returned.
template <class F>
Caught attempt(F function) {
  caught() = {};
  caught().vector = Caught::none;
  attempt_call([](void* f) { (*static_cast<F*>(f))(); }, &function, &resume());
  return caught();
}

/// Takes a vector away from attempt(): the handler is called with IF = 0, and the interrupted code
/// goes on behind it.
using Handler = void (*)(Frame& frame);
void set_handler(unsigned vector, Handler handler);

constexpr u64 general_protection = 13, page_fault = 14;

/// As check(), for an event with vector and error code; prints what came instead.
bool expect(const Rule& rule, const Caught& c, u64 vector, u64 error);
bool expect_none(const Rule& rule, const Caught& c);

/// RDMSR and WRMSR that may be refused.
struct MsrRead {
  bool refused;  ///< #GP(0)
  u64 value;
};
MsrRead try_read_msr(u32 index);
/// False: refused with #GP(0).
bool try_write_msr(u32 index, u64 value);
