#pragma once

#include "models/core/cpu.h"

namespace apicsim {

/// Loads of control registers with all their rules (SDM Vol. 2, MOV to CR; Vol. 3 §2.5, §4.10.4.1).
/// False: the fault is recorded and nothing changed.
bool write_cr0(Cpu& cpu, u64 value);
bool write_cr3(Cpu& cpu, u64 value);
bool write_cr4(Cpu& cpu, u64 value);
bool write_cr8(Cpu& cpu, u64 value, Cycle now);
/// The four PDPTEs that PAE paging takes from `cr3`, SDM Vol. 3 §4.4.1; one that is present with
/// reserved bits set: #GP(0).
bool load_pdptes(Cpu& cpu, u64 cr3);
/// IA32_EFER; false: #GP(0), not recorded.
bool write_efer(Cpu& cpu, u64 value);

/// The bits of CR4 and EFER that this processor has.
u64 cr4_bits(const CpuModel& model);
u64 efer_bits(const CpuModel& model);

}  // namespace apicsim
