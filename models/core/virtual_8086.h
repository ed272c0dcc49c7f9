#pragma once

#include "models/core/segmentation.h"

namespace apicsim {

/// Virtual-8086 mode and the virtual interrupt flag, SDM Vol. 3 chapter 20.
///
/// Functions that return bool: false means that a fault is recorded in the CPU and nothing changed.

/// Whose interrupt flag CLI, STI, PUSHF and POPF see (§20.3.3, §20.4; Vol. 2, CLI, STI).
enum class InterruptFlag : u8 { real, virtual_flag, refused };
InterruptFlag interrupt_flag(const Cpu& cpu);

/// CLI and STI. `shadow`: STI has set IF and holds interrupts back for one instruction.
bool clear_interrupt_flag(Cpu& cpu);
bool set_interrupt_flag(Cpu& cpu, bool& shadow);

/// In virtual-8086 mode below IOPL 3, PUSHF, POPF and IRET need CR4.VME and 16-bit operands; they
/// then work on VIF in the place of IF (§20.3.3.1).
bool virtual_flags_in_use(const Cpu& cpu);
/// Whether the instruction may execute at all: IOPL 3, or the 16-bit form with CR4.VME.
bool flags_accessible(Cpu& cpu, unsigned size);
/// FLAGS as PUSHF and INT n store it: IOPL 3, IF from VIF.
u16 virtual_flags_image(const Cpu& cpu);
/// Whether POPF or IRET may load this image: #GP(0) with TF, or with IF while VIP is set.
bool virtual_flags_allowed(Cpu& cpu, u16 image);
/// RFLAGS after it.
u64 loaded_virtual_flags(const Cpu& cpu, u16 image);

/// Selectors of virtual-8086 mode: 64 KiB at 16 times the selector, DPL 3 (§20.1.1).
Segment virtual_segment(u16 selector);
/// INT n in virtual-8086 mode, §20.3.3.4 and table 20-2.
enum class InterruptRoute : u8 {
  protected_mode,   ///< through the IDT, as outside of virtual-8086 mode
  virtual_handler,  ///< to the 8086 program's own handler, by the vector table at linear 0
  refused,          ///< a fault is recorded
};
InterruptRoute route_interrupt(Cpu& cpu, u8 vector);
/// Enters the handler that the table at linear address 0 names.
bool enter_virtual_handler(Cpu& cpu, u8 vector, u64 return_rip);
/// IRET within virtual-8086 mode.
bool virtual_interrupt_return(Cpu& cpu, unsigned size);

}  // namespace apicsim
