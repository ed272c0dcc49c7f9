#pragma once

#include "models/core/types.h"

namespace apicsim {

/// Where a task-state segment keeps what a task switch saves and loads: offsets in bytes.
struct TaskLayout {
  unsigned size;            ///< of a general register, 2 or 4 bytes
  u32 minimum_limit;        ///< SDM Vol. 3 §7.2.2, table 7-1 note
  u32 instruction_pointer;  ///< then FLAGS, then eight general registers in encoding order
  u32 selectors;            ///< ES, CS, SS, DS (32-bit: FS, GS, too)
  u32 selector_count;
  u32 selector_stride;
  u32 ldt;
};

/// SDM Vol. 3 figure 7-2 and figure 7-10.
inline constexpr TaskLayout task_layout32{4, 0x67, 32, 72, 6, 4, 96};
inline constexpr TaskLayout task_layout16{2, 0x2B, 14, 34, 4, 2, 42};
inline constexpr u32 task_link_offset = 0;
inline constexpr u32 task_cr3_offset = 28;    ///< 32-bit only
inline constexpr u32 task_trap_offset = 100;  ///< 32-bit only: bit 0, debug trap

constexpr const TaskLayout& task_layout(u8 descriptor_type) {
  return descriptor_type & 8 ? task_layout32 : task_layout16;
}

}  // namespace apicsim
