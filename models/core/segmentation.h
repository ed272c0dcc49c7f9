#pragma once

#include "models/core/cpu.h"
#include "models/core/descriptor.h"

namespace apicsim {

/// Segmentation: descriptor fetch and segment register loads, SDM Vol. 3 chapters 3 and 5.
///
/// Functions that return bool: false means that a fault is recorded in the CPU and nothing changed.

/// Error code that names a selector; `ext` is bit 0 (SDM Vol. 3 §6.13).
constexpr u32 selector_error(u16 selector, bool ext = false) {
  return (selector & 0xFFFCu) | (ext ? 1 : 0);
}
constexpr bool null_selector(u16 selector) { return (selector & 0xFFFC) == 0; }

/// Records the fault; always false, to be returned.
inline bool refuse(Cpu& cpu, const Fault& fault) {
  cpu.set_fault(fault);
  return false;
}

/// Whether an access of `size` bytes at `offset` obeys limit and type of a segment. Types do not
/// count in real-address mode (`check_type` false).
bool segment_permits(const Segment& segment, u64 offset, unsigned size, Access access,
                     bool check_type);

/// Reads the descriptor that a selector names, both halves if it is a 16-byte one. Outside of its
/// table: exception `vector` (#GP or #TS) with the selector.
bool fetch_descriptor(Cpu& cpu, u16 selector, u8 vector, bool ext, Descriptor& descriptor);
/// As fetch_descriptor(), but only says whether the selector lies within its table (LAR, VERR...).
/// False with exit_reason() none: it does not; with a fault: the table could not be read.
bool probe_descriptor(Cpu& cpu, u16 selector, Descriptor& descriptor);
/// Sets the accessed bit in memory if it is not set yet (SDM Vol. 3 §3.4.5.1).
bool mark_accessed(Cpu& cpu, Descriptor& descriptor);

/// MOV, POP and Lxx to ES, SS, DS, FS, GS in any mode with all checks (SDM Vol. 2, MOV).
bool load_segment(Cpu& cpu, Seg seg, u16 selector);
/// ES, DS, FS or GS in protected mode; `vector` is the exception for everything but absence.
bool load_data_segment(Cpu& cpu, Seg seg, u16 selector, u8 vector, bool ext);
/// A stack segment for privilege `level`; `null_allowed`: return to 64-bit mode below level 3.
/// `vector` is the exception for everything but absence: #GP, or #TS for stacks of a TSS.
bool read_stack_segment(Cpu& cpu, u16 selector, u8 level, u8 vector, bool ext, Segment& segment);
bool load_ldt(Cpu& cpu, u16 selector);
bool load_task_register(Cpu& cpu, u16 selector);

/// Real-address mode: selector and base follow from each other, the rest stays (SDM Vol. 3
/// §20.1.1). Virtual-8086 mode: limit and rights are fixed, too (§20.2.1).
void load_real_segment(Cpu& cpu, Seg seg, u16 selector);
/// CS for code at level `cpl`, with everything that follows from it (mode, TLB view).
void install_code_segment(Cpu& cpu, const Segment& segment, u8 cpl);
/// The segments that SYSCALL, SYSENTER and their returns load without looking at tables.
Segment flat_code_segment(u16 selector, u8 dpl, bool long_mode);
Segment flat_stack_segment(u16 selector, u8 dpl);
/// SS after a switch to an inner level in IA-32e mode: null, RPL = level (SDM Vol. 3 §6.14.2).
Segment null_stack_segment(u8 level);
/// After a return to an outer level: data segments that it may not use become null.
void drop_inner_segments(Cpu& cpu);

/// Whether `offset` is a valid target in a code segment: canonical or within the limit.
bool valid_target(const Cpu& cpu, const Segment& code, u64 offset);

}  // namespace apicsim
