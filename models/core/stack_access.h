#pragma once

#include "models/core/segmentation.h"

namespace apicsim {

/// Pushes and pops of far transfers and event delivery: on a stack that need not be the current one
/// yet, with the pointer committed only when everything has succeeded.
class StackAccess {
 public:
  /// `level`: privilege of the accesses, that of the stack's owner. `wide`: 64-bit stack pointer.
  /// `error`: error code of the #SS that a limit or a non-canonical address causes.
  StackAccess(Cpu& cpu, const Segment& ss, u64 pointer, u8 level, bool wide, u32 error)
      : m_cpu(cpu), m_ss(ss), m_pointer(pointer), m_level(level), m_wide(wide), m_error(error) {}

  /// The current stack.
  static StackAccess current(Cpu& cpu) {
    return {cpu, cpu.segment(Seg::ss), cpu.rsp(), cpu.cpl, cpu.mode64(), 0};
  }

  /// `size` 2, 4 or 8 bytes. False: the fault is recorded.
  bool push(u64 value, unsigned size) {
    const u64 next = (m_pointer - size) & mask();
    u64 linear;
    if (!address(next, size, Access::write, linear)) return false;
    const bool ok = m_level == 3 ? store_as_user(linear, value, size)
                                 : m_cpu.system_store(linear, &value, size, Privilege::supervisor);
    if (ok) m_pointer = next;
    return ok;
  }
  bool pop(u64& value, unsigned size) {
    u64 linear;
    value = 0;
    if (!address(m_pointer & mask(), size, Access::read, linear)) return false;
    const bool ok = m_level == 3 ? load_as_user(linear, value, size)
                                 : m_cpu.system_load(linear, &value, size, Privilege::supervisor);
    if (ok) m_pointer = (m_pointer + size) & mask();
    return ok;
  }
  void skip(u64 bytes) { m_pointer = (m_pointer + bytes) & mask(); }
  u64 pointer() const { return m_pointer; }
  /// Loads RSP, ESP or SP, whichever the stack's width says, once `ss` is in place.
  void commit() {
    if (mask() == 0xFFFF)
      m_cpu.set_reg<u16>(slot::rsp, static_cast<u16>(m_pointer));
    else
      m_cpu.registers[4] = m_pointer;
  }

 private:
  u64 mask() const {
    if (m_wide) return ~u64{0};
    return m_ss.big ? 0xFFFFFFFF : 0xFFFF;
  }
  bool address(u64 offset, unsigned size, Access access, u64& linear) {
    linear = offset;
    if (m_wide) {
      if (canonical(offset) && canonical(offset + size - 1)) return true;
      return refuse(m_cpu, Fault::ss(m_error));
    }
    linear = (m_ss.base + offset) & 0xFFFFFFFF;
    if (segment_permits(m_ss, offset, size, access, !m_cpu.real_addressing())) return true;
    return refuse(m_cpu, Fault::ss(m_error));
  }
  bool store_as_user(u64 linear, u64 value, unsigned size) {
    if (size == 2) return m_cpu.store<u16>(Seg::ss, linear, static_cast<u16>(value));
    if (size == 4) return m_cpu.store<u32>(Seg::ss, linear, static_cast<u32>(value));
    return m_cpu.store<u64>(Seg::ss, linear, value);
  }
  bool load_as_user(u64 linear, u64& value, unsigned size) {
    if (size == 8) return m_cpu.load<u64>(Seg::ss, linear, value);
    u32 wide = 0;
    u16 narrow = 0;
    const bool ok = size == 2 ? m_cpu.load<u16>(Seg::ss, linear, narrow)
                              : m_cpu.load<u32>(Seg::ss, linear, wide);
    value = size == 2 ? narrow : wide;
    return ok;
  }

  Cpu& m_cpu;
  Segment m_ss;
  u64 m_pointer;
  u8 m_level;
  bool m_wide;
  u32 m_error;
};

}  // namespace apicsim
