#pragma once

#include "apic.h"

/// The first I/O APIC of a PC, and the wires of a test device that lead to its pins.

namespace io_apic {

namespace reg {
constexpr u32 id = 0, version = 1, arbitration = 2, redirection = 0x10;
}

/// Redirection entry, 82093AA §3.2.4.
namespace rte {
constexpr u64 lowest_priority = 1 << 8, nmi = 4 << 8, ext_int = 7 << 8, logical = 1 << 11,
              send_pending = 1 << 12, active_low = 1 << 13, remote_irr = 1 << 14, level = 1 << 15,
              masked = 1 << 16;
constexpr u64 to(u64 destination) { return destination << 56; }
}  // namespace rte

inline volatile u32& at(u32 offset) {
  return *reinterpret_cast<volatile u32*>(0xFEC00000ul + offset);
}

inline u32 read(u32 index) {
  at(0x00) = index;
  return at(0x10);
}
inline void write(u32 index, u32 value) {
  at(0x00) = index;
  at(0x10) = value;
}

inline u32 low(unsigned pin) { return read(reg::redirection + 2 * pin); }
inline u32 high(unsigned pin) { return read(reg::redirection + 2 * pin + 1); }
inline void write_low(unsigned pin, u64 value) {
  write(reg::redirection + 2 * pin, static_cast<u32>(value));
}
inline void write_high(unsigned pin, u64 value) {
  write(reg::redirection + 2 * pin + 1, static_cast<u32>(value));
}
/// Masked while its halves do not belong together.
inline void program(unsigned pin, u64 entry) {
  write_low(pin, rte::masked);
  write_high(pin, entry >> 32);
  write_low(pin, entry);
}
inline bool remote_irr(unsigned pin) { return low(pin) & rte::remote_irr; }
inline unsigned last_pin() { return read(reg::version) >> 16 & 0xFF; }
inline bool has_eoi_register() { return (read(reg::version) & 0xFF) >= 0x20; }

/// The wire to a pin, by the line ports of QEMU's pc-testdev (hw/misc/pc-testdev.c).
inline void line(unsigned pin, bool active) { out8(static_cast<u16>(0x2000 + pin), active); }
inline void pulse(unsigned pin) {
  line(pin, true);
  line(pin, false);
}

/// Long enough for a message to arrive and for an interrupt to be taken, where none should come.
inline void settle() { delay(50'000); }
/// Waits for what should come, and then for what should not; false when it does not.
template <class F>
bool comes(F condition) {
  const bool came = wait_until(condition, 300'000'000);
  settle();
  return came;
}
/// Waits with interrupts disabled until the local APIC has accepted a vector.
inline bool arrives(u8 vector) {
  return comes([=] { return apic::vector_bit(apic::reg::irr, vector); });
}

}  // namespace io_apic
