#include "models/core/task_segment.h"

namespace apicsim {

namespace {

constexpr u32 rsp0_offset = 4;  // 64-bit TSS, §7.7
constexpr u32 ist1_offset = 36;
constexpr u32 esp0_offset = 4;  // 32-bit TSS, §7.2.1
constexpr u32 sp0_offset = 2;   // 16-bit TSS, §7.6
constexpr u32 io_map_base_offset = 102;

bool within(const Cpu& cpu, u32 offset, unsigned size) {
  return cpu.task.usable && u64{offset} + size - 1 <= cpu.task.limit;
}

bool refuse_task(Cpu& cpu, bool ext) {
  return refuse(cpu, Fault::ts(selector_error(cpu.task.selector, ext)));
}

bool read_legacy_pointer(Cpu& cpu, u8 level, bool ext, u64& pointer, u16& selector) {
  const bool wide = cpu.task.type & 8;
  const unsigned size = wide ? 4 : 2;
  const u32 offset = wide ? esp0_offset + 8u * level : sp0_offset + 4u * level;
  if (!within(cpu, offset, size + 2)) return refuse_task(cpu, ext);
  pointer = 0;
  return cpu.system_load(cpu.task.base + offset, &pointer, size) &&
         cpu.system_load(cpu.task.base + offset + size, selector);
}

}  // namespace

bool read_stack_pointer64(Cpu& cpu, u8 level, u8 ist, bool ext, u64& pointer) {
  const u32 offset = ist ? ist1_offset + 8u * (ist - 1u) : rsp0_offset + 8u * level;
  if (!within(cpu, offset, 8)) return refuse_task(cpu, ext);
  return cpu.system_load(cpu.task.base + offset, pointer);
}

bool read_inner_stack(Cpu& cpu, u8 level, bool ext, InnerStack& stack) {
  if (cpu.long_mode()) {
    stack.ss = null_stack_segment(level);
    stack.wide = true;
    return read_stack_pointer64(cpu, level, 0, ext, stack.pointer);
  }
  u16 selector = 0;
  stack.wide = false;
  return read_legacy_pointer(cpu, level, ext, stack.pointer, selector) &&
         read_stack_segment(cpu, selector, level, vector::invalid_tss, ext, stack.ss);
}

bool io_permitted(Cpu& cpu, u16 port, unsigned size, bool& allowed) {
  allowed = false;
  if (!(cpu.task.type & 8) || !within(cpu, io_map_base_offset, 2)) return true;
  u16 base = 0;
  if (!cpu.system_load(cpu.task.base + io_map_base_offset, base)) return false;
  // Two bytes are read whatever the number of ports, so the map ends with one byte of ones.
  const u32 offset = base + port / 8u;
  if (!within(cpu, offset, 2)) return true;
  u16 map = 0;
  if (!cpu.system_load(cpu.task.base + offset, map)) return false;
  allowed = (map >> (port & 7) & ((1u << size) - 1)) == 0;
  return true;
}

bool interrupt_redirected(Cpu& cpu, u8 vector, bool& redirected) {
  constexpr u32 bitmap_size = 32;
  redirected = false;
  if (!(cpu.task.type & 8) || !within(cpu, io_map_base_offset, 2)) return true;
  u16 base = 0;
  if (!cpu.system_load(cpu.task.base + io_map_base_offset, base)) return false;
  const u32 offset = base - bitmap_size + vector / 8u;
  if (base < bitmap_size || !within(cpu, offset, 1)) return true;
  u8 map = 0;
  if (!cpu.system_load(cpu.task.base + offset, map)) return false;
  redirected = !bit(map, vector & 7);
  return true;
}

}  // namespace apicsim
