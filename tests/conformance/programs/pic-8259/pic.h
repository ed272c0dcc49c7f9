#pragma once

#include "runtime/apic.h"

/// The two 8259A of a PC, and the wires of a test device (QEMU's pc-testdev) that lead to them.

namespace pic {

constexpr u16 master = 0x20, slave = 0xA0, elcr = 0x4D0;
constexpr u8 master_base = 0x40, slave_base = 0x48;
constexpr u8 auto_eoi = 2, special_fully_nested = 0x10;  ///< ICW4

/// Both chips by ICW1 to ICW4; everything masked but the cascade.
void initialise(u8 icw4 = 0);
/// Writes the masks of both, bit n for interrupt n; the cascade stays open.
void mask(u16 bits);
inline void command(u16 chip, u8 value) { out8(chip, value); }
u8 requests(u16 chip);
u8 in_service(u16 chip);

/// OCW2
constexpr u8 non_specific_eoi = 0x20, rotate_on_eoi = 0xA0;
constexpr u8 specific_eoi(u8 input) { return static_cast<u8>(0x60 | input); }
constexpr u8 set_priority(u8 lowest) { return static_cast<u8>(0xC0 | lowest); }
/// Ends everything in service.
void end_all();

inline void line(unsigned irq, bool active) { out8(static_cast<u16>(0x2000 + irq), active); }
void lower_all();

/// Vector of an interrupt after initialise().
constexpr u8 vector(unsigned irq) { return static_cast<u8>(master_base + irq); }
/// Enables interrupts until that one has been taken so often since begin(), and some time more.
u32 taken(unsigned irq, u32 expected);
inline bool comes(unsigned irq) { return taken(irq, 1) == 1; }
inline bool stays_away(unsigned irq) { return taken(irq, 0) == 0; }
/// A fresh start: lines low, chips initialised with the given masks, nothing taken.
void begin(u16 masks, u8 icw4 = 0);

}  // namespace pic

void check_words();
void check_priorities();
void check_cascade();
void check_triggers();
void check_ext_int();
