#pragma once

#include "models/core/cpu.h"

namespace apicsim {

/// Loads of control registers with all their rules (SDM Vol. 2, MOV to CR; Vol. 3 §2.5, §4.10.4.1).
/// False: the fault is recorded and nothing changed.
bool write_cr0(Cpu& cpu, u64 value);
bool write_cr3(Cpu& cpu, u64 value);
bool write_cr4(Cpu& cpu, u64 value);
bool write_cr8(Cpu& cpu, u64 value, Cycle now);
/// IA32_EFER; false: #GP(0), not recorded.
bool write_efer(Cpu& cpu, u64 value);

/// The bits of CR4 and EFER that this processor has.
u64 cr4_bits(const CpuModel& model);
u64 efer_bits(const CpuModel& model);

}  // namespace apicsim
