#pragma once

#include "models/core/types.h"

namespace apicsim::smm {

/// The state save map of system management mode, SDM Vol. 3 §31.4.1: what lies at which offset from
/// SMBASE + 8000H. What the manual reserves holds the hidden parts of the segment registers and the
/// limits of GDTR and IDTR; their places are a choice of this model.

inline constexpr u64 reset_base = 0x30000;
inline constexpr u64 entry_offset = 0x8000;  ///< of the handler's first instruction from SMBASE
inline constexpr u64 map_offset = 0x8000;    ///< what the offsets below count from

/// SMM revision identifier (§31.9): I/O instruction restart (bit 16), SMBASE relocation (bit 17).
/// The level is that of Intel 64 processors since Nehalem, or of the P6 family.
inline constexpr u32 revision_intel64 = 0x30101, revision_ia32 = 0x30002;

/// Auto HALT restart (§31.10), bit 0; I/O instruction restart (§31.12), all bits of the low byte.
inline constexpr u16 halt_restart = 1, io_restart = 0xFF;

/// I/O type (Table 31-6): IN and INS have bit 0, string forms bit 1, REP bit 2, immediate ports
/// bit 3.
namespace io_type {
inline constexpr u8 in = 1, string = 2, rep = 4, immediate = 8;
}

/// Words of the image that the map spreads over memory.
enum class Word : u8 {
  cr0,
  cr3,
  cr4,
  efer,
  rflags,
  rip,
  dr6,
  dr7,
  rax,
  rcx,
  rdx,
  rbx,
  rsp,
  rbp,
  rsi,
  rdi,
  r8,
  r9,
  r10,
  r11,
  r12,
  r13,
  r14,
  r15,
  es,
  cs,
  ss,
  ds,
  fs,
  gs,
  ldt,
  task,  ///< selectors
  es_base,
  cs_base,
  ss_base,
  ds_base,
  fs_base,
  gs_base,
  ldt_base,
  task_base,
  es_limit,
  cs_limit,
  ss_limit,
  ds_limit,
  fs_limit,
  gs_limit,
  ldt_limit,
  task_limit,
  es_rights,
  cs_rights,
  ss_rights,
  ds_rights,
  fs_rights,
  gs_rights,
  ldt_rights,
  task_rights,
  gdt_base,
  gdt_limit,
  idt_base,
  idt_limit,
  io_misc,
  io_address,
  io_rip,
  io_rcx,
  io_rsi,
  io_rdi,
  halt,
  io,
  revision,
  base,
  count
};

/// `bytes` at `offset` hold the bits of a word from `shift` on.
struct Place {
  u16 offset;
  u8 bytes;
  Word word;
  u8 shift = 0;
};

struct SaveMap {
  const Place* first;
  const Place* last;
  u32 revision;
  const Place* begin() const { return first; }
  const Place* end() const { return last; }
};

const SaveMap& intel64_map();  ///< Table 31-3
const SaveMap& ia32_map();     ///< Table 31-1

}  // namespace apicsim::smm
