#pragma once

#include "cpu.h"

/// The local APIC of the processor that executes this, in whichever mode it is.

namespace apic {

/// Offsets in the register page; the MSR of a register is 0x800 + offset / 16 (SDM Vol. 3
/// §11.12.1.2).
namespace reg {
constexpr u32 id = 0x20, version = 0x30, tpr = 0x80, apr = 0x90, ppr = 0xA0, eoi = 0xB0, rrd = 0xC0,
              ldr = 0xD0, dfr = 0xE0, svr = 0xF0, isr = 0x100, tmr = 0x180, irr = 0x200,
              esr = 0x280, lvt_cmci = 0x2F0, icr = 0x300, icr_high = 0x310, lvt_timer = 0x320,
              lvt_thermal = 0x330, lvt_performance = 0x340, lvt_lint0 = 0x350, lvt_lint1 = 0x360,
              lvt_error = 0x370, initial_count = 0x380, current_count = 0x390, divide = 0x3E0,
              self_ipi = 0x3F0;
}

/// Fields of ICR, §11.6.1.
namespace icr {
constexpr u32 fixed = 0, lowest_priority = 1 << 8, smi = 2 << 8, nmi = 4 << 8, init = 5 << 8,
              start_up = 6 << 8, logical = 1 << 11, pending = 1 << 12, assert_level = 1 << 14,
              level_triggered = 1 << 15, to_self = 1 << 18, to_all = 2 << 18, to_others = 3 << 18;
}

namespace lvt {
constexpr u32 masked = 1 << 16, nmi = 4 << 8, periodic = 1 << 17, deadline = 2 << 17;
}

constexpr u32 svr_enable = 1 << 8, svr_suppress_broadcast = 1 << 12;
constexpr u32 base_msr = 0x1B, deadline_msr = 0x6E0;
constexpr u64 base_bootstrap = 1 << 8, base_extended = 1 << 10, base_enable = 1 << 11;
constexpr u64 default_page = 0xFEE00000;
constexpr u8 spurious_vector = 0xFF;

enum class Mode : u8 { disabled, xapic, x2apic };
Mode mode();
/// Goes there by the transitions that are allowed (§11.12.5).
void enter(Mode mode);
bool has_x2apic();
bool has_deadline();

/// The page, by its address in IA32_APIC_BASE.
volatile u32& page_register(u32 offset);
constexpr u32 msr_of(u32 offset) { return 0x800 + offset / 16; }

u32 read(u32 offset);
void write(u32 offset, u32 value);
/// Software enable, with spurious_vector.
void enable();
/// 32-bit destination in x2APIC mode, else its low 8 bits; waits until the message has left.
void send_ipi(u32 low, u32 destination = 0);
inline void end_interrupt() { write(reg::eoi, 0); }
/// A bit of ISR, TMR or IRR (`first` is the offset of the first of the eight registers).
bool vector_bit(u32 first, u8 vector);
/// Highest LVT entry that exists, from the version register.
unsigned highest_lvt();
/// Into IRR while IF is 0: waits until the bit is set.
void pend(u8 vector);
/// Ends everything that is in service, and takes what is pending: TPR 0, IRR and ISR empty.
void drain();

}  // namespace apic

/// Interrupts are enabled for some hundred instructions: everything that may be taken is taken.
void interrupt_window();

/// Interrupts of these vectors are counted in Cpu::interrupts and Cpu::order; with `end` they write
/// EOI. The spurious vector is counted from the beginning, without EOI.
void count_interrupts(u8 first, u8 last, bool end = true);
/// Of this processor.
void clear_interrupts();
void clear_all_interrupts();
