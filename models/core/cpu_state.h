#pragma once

#include <cstring>

#include "models/core/fault.h"
#include "models/core/flags.h"
#include "models/core/op.h"
#include "models/core/segment.h"
#include "models/core/smm_state.h"
#include "models/core/types.h"
#include "models/core/vector_state.h"
#include "models/time/cycle.h"

namespace apicsim {

/// Control-register and EFER bits, SDM Vol. 3 §2.5 and §2.2.1.
namespace cr0 {
inline constexpr u64 pe = 1u << 0, mp = 1u << 1, em = 1u << 2, ts = 1u << 3, et = 1u << 4,
                     ne = 1u << 5, wp = 1u << 16, am = 1u << 18, nw = 1u << 29, cd = 1u << 30,
                     pg = 1u << 31;
}
namespace cr4 {
inline constexpr u64 vme = 1u << 0, pvi = 1u << 1, tsd = 1u << 2, de = 1u << 3, pse = 1u << 4,
                     pae = 1u << 5, mce = 1u << 6, pge = 1u << 7, pce = 1u << 8, osfxsr = 1u << 9,
                     osxmmexcpt = 1u << 10, umip = 1u << 11, vmxe = 1u << 13, smxe = 1u << 14,
                     fsgsbase = 1u << 16, pcide = 1u << 17, osxsave = 1u << 18, smep = 1u << 20,
                     smap = 1u << 21;
}
namespace efer {
inline constexpr u64 sce = 1u << 0, lme = 1u << 8, lma = 1u << 10, nxe = 1u << 11;
}

/// What a CPU is doing when it is not executing instructions.
enum class Activity : u8 { running, halted, mwait, wait_for_start_up, shutdown };

/// One bank of machine-check registers, SDM Vol. 3 §15.3.2.
struct MachineCheckBank {
  u64 ctl = 0, status = 0, address = 0, misc = 0, ctl2 = 0;
};
/// That of Sandy Bridge-EP.
inline constexpr unsigned machine_check_banks = 20;

/// Model-specific registers that are plain storage of one CPU. Reset values: SDM Vol. 3 table 9-1.
struct MsrState {
  u64 efer = 0;
  u64 star = 0, lstar = 0, cstar = 0, sfmask = 0;
  u64 kernel_gs_base = 0;
  u64 sysenter_cs = 0, sysenter_esp = 0, sysenter_eip = 0;
  u64 pat = 0x0007040600070406;
  u64 tsc_aux = 0;
  u64 tsc_adjust = 0;
  u64 misc_enable = 0x00000001;  ///< fast strings
  u64 debug_control = 0;
  u64 thermal_interrupt = 0;
  u64 mcg_status = 0;
  u64 mtrr_def_type = 0;
  u64 mtrr_fixed[11] = {};
  u64 mtrr_variable[20] = {};
  MachineCheckBank banks[machine_check_banks];
  u64 xcr0 = 1;
  /// Registers without a meaning to the simulator; the MSR table says which is where.
  u64 other[128] = {};
};

/// The architectural state of one CPU: plain data that can be saved and restored.
struct CpuState {
  /// General registers in encoding order, then the pseudo-registers of `slot`.
  u64 registers[slot::count] = {};
  u64 rip = 0;
  Cycle cycle = 0;          ///< local time; while a block runs, the time at which it was entered
  u64 instructions = 0;     ///< retired
  u64 branches = 0;         ///< of these, in timed execution and while a counter asks for it
  Cycle halted_cycles = 0;  ///< time spent in HLT, MWAIT, waiting for SIPI
  Cycle idle_from = never;  ///< since when it is so now
  StatusFlags status;
  u64 system_flags = 0;  ///< RFLAGS without the status flags and bit 1

  Segment segments[6];
  u64 segment_base[7] = {};  ///< base used in address generation: 0 in 64-bit mode but for FS, GS
  Segment ldt, task;
  TableRegister gdt, idt;

  u64 cr0 = 0, cr2 = 0, cr3 = 0, cr4 = 0;
  u64 pdpte[4] = {};  ///< PAE paging: loaded with CR3 (SDM Vol. 3 §4.4.1)
  u64 dr[4] = {};
  u64 dr6 = 0xFFFF0FF0, dr7 = 0x400;
  MsrState msr;
  VectorState vectors;  ///< kept by INIT (SDM Vol. 3 table 9-1)
  u64 tsc_offset = 0;   ///< added to the clock's ticks

  u8 cpl = 0;
  u8 code_size = 16;  ///< 16, 32 or 64: decoding mode, from CS and EFER.LMA
  Activity activity = Activity::running;
  bool interrupt_shadow = false;  ///< one more instruction before events: STI, MOV SS, POP SS
  bool nmi_blocked = false;       ///< from NMI delivery to IRET, and in SMM
  bool in_repeat = false;  ///< RIP is at a repeated string instruction that has done iterations
  bool debug_suppressed = false;  ///< MOV SS and POP SS hold back #DB, too
  u64 monitor_address = 0;        ///< physical line armed by MONITOR, or no_page
  bool monitor_armed = false;
  bool mwait_breaks_on_masked = false;  ///< MWAIT with ECX[0]: interrupts end it although IF is 0
  u32 mwait_hint = 0;                   ///< EAX of MWAIT
  u64 pending_debug = 0;                ///< DR6 bits of debug conditions not yet delivered
  bool machine_check_due = false;       ///< an uncorrected error waits for its #MC
  SmmState smm;
  // With modelled C-states only:
  bool asleep = false;        ///< in a C-state, entry and exit included
  Cycle wake_at = never;      ///< the exit's end once a break event has come
  Cycle monitor_hit = never;  ///< when the monitored line was written

  template <class T>
  T reg(u8 offset) const {
    T value;
    std::memcpy(&value, reinterpret_cast<const char*>(registers) + offset, sizeof(T));
    return value;
  }
  /// 32-bit writes clear the upper half, narrower ones keep the rest (SDM Vol. 1 §3.4.1.1).
  template <class T>
  void set_reg(u8 offset, T value) {
    if constexpr (sizeof(T) == 4) {
      const u64 wide = value;
      std::memcpy(reinterpret_cast<char*>(registers) + offset, &wide, 8);
    } else {
      std::memcpy(reinterpret_cast<char*>(registers) + offset, &value, sizeof(T));
    }
  }
  u64 rsp() const { return registers[4]; }
  u64 flags() const { return status.get() | system_flags | rflags::fixed1; }
  bool protected_mode() const { return cr0 & apicsim::cr0::pe; }
  bool long_mode() const { return msr.efer & efer::lma; }
  bool mode64() const { return code_size == 64; }
  bool virtual_8086() const { return system_flags & rflags::vm; }
  /// Selectors are paragraph numbers: real-address and virtual-8086 mode (SDM Vol. 3 §20.1).
  bool real_addressing() const { return !protected_mode() || virtual_8086(); }
  u8 iopl() const { return (system_flags >> 12) & 3; }
  Segment& segment(Seg s) { return segments[static_cast<u8>(s)]; }
  const Segment& segment(Seg s) const { return segments[static_cast<u8>(s)]; }
  /// Mask of the stack pointer's width: 16, 32 or 64 bits.
  u64 stack_mask() const {
    if (mode64()) return ~u64{0};
    return segment(Seg::ss).big ? 0xFFFFFFFF : 0xFFFF;
  }
  /// RSP, ESP or SP as the stack's width says; the rest of the register is kept.
  void set_stack_pointer(u64 value) {
    const u64 mask = stack_mask();
    if (mask == 0xFFFF)
      set_reg<u16>(slot::rsp, static_cast<u16>(value));
    else
      registers[4] = value & mask;
  }
  /// Offset part, not yet cut to the address size.
  u64 effective_address(const Op* op) const {
    return reg<u64>(op->base) + (reg<u64>(op->index) << op->scale) + static_cast<u64>(op->disp);
  }
};

}  // namespace apicsim
