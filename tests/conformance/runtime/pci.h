#pragma once

#include "processor.h"

/// Functions on bus 0, by configuration mechanism 1.

namespace pci {

constexpr u16 address_port = 0xCF8, data_port = 0xCFC;

/// A function: device << 3 | function; `none` where there is none.
using Function = u32;
constexpr Function none = ~0u;

inline void select(Function function, u32 offset) {
  out32(address_port, 0x80000000 | function << 8 | (offset & 0xFC));
}
inline u32 read32(Function f, u32 offset) {
  select(f, offset);
  return in32(data_port);
}
inline u16 read16(Function f, u32 offset) {
  select(f, offset);
  return in16(static_cast<u16>(data_port + (offset & 2)));
}
inline u8 read8(Function f, u32 offset) {
  select(f, offset);
  return in8(static_cast<u16>(data_port + (offset & 3)));
}
inline void write32(Function f, u32 offset, u32 value) {
  select(f, offset);
  out32(data_port, value);
}
inline void write16(Function f, u32 offset, u16 value) {
  select(f, offset);
  out16(static_cast<u16>(data_port + (offset & 2)), value);
}
inline void write8(Function f, u32 offset, u8 value) {
  select(f, offset);
  out8(static_cast<u16>(data_port + (offset & 3)), value);
}

constexpr u32 command = 0x04, status = 0x06, header = 0x0E, bar0 = 0x10, interrupt_line = 0x3C;
constexpr u16 memory_space = 2, bus_master = 4, interrupt_disable = 0x400;

/// By vendor << 16 | device.
Function find(u32 identity);
/// Offset of a capability; 0 where the function has none.
u32 capability(Function f, u8 id);
inline volatile u32& memory(Function f, unsigned bar, u32 offset) {
  return *reinterpret_cast<volatile u32*>((read32(f, bar0 + 4 * bar) & ~0xFul) + offset);
}

}  // namespace pci
