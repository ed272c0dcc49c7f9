#pragma once

#include "models/core/cpu_state.h"
#include "models/core/types.h"
#include "models/time/cycle.h"

namespace apicsim {

class Cpu;
struct CpuModel;

/// Bits of IA32_MISC_ENABLE, SDM Vol. 4 table 2-2.
namespace misc_enable {
inline constexpr u64 fast_strings = 1u << 0, thermal_control = 1u << 3, perf_monitoring = 1u << 7,
                     bts_unavailable = 1u << 11, pebs_unavailable = 1u << 12, speedstep = 1u << 16,
                     monitor = 1u << 18, limit_cpuid = 1u << 22, xtpr_disable = 1u << 23,
                     no_execute_disable = u64{1} << 34, turbo_disable = u64{1} << 38;
}  // namespace misc_enable

/// One model-specific register or a run of like ones: the specification as data.
struct MsrSpec {
  using Present = bool (*)(const CpuModel& model);
  using Read = u64 (*)(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
  /// False: #GP(0), nothing changed.
  using Write = bool (*)(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);

  u32 first = 0;  ///< index of the first register
  u32 count = 1;  ///< registers with consecutive indices
  const char* name = "";
  const char* section = "";   ///< of the SDM
  Present present = nullptr;  ///< nullptr: on every processor that can be described
  u64 writable = 0;           ///< a one written to any other bit is a #GP(0)
  u64 reset = 0;
  Read read = nullptr;             ///< nullptr: RDMSR is a #GP(0)
  Write write = nullptr;           ///< nullptr: WRMSR is a #GP(0)
  u64 MsrState::*field = nullptr;  ///< where it is kept, if that is a member of its own,
  u8 slot = 0;                     ///< or the first cell of MsrState::other
  /// How many of the run this processor has; nullptr: all.
  unsigned (*available)(const CpuModel& model) = nullptr;
  /// False: at present neither readable nor writable; nullptr: always.
  bool (*accessible)(const Cpu& cpu) = nullptr;
};

struct MsrTable {
  const MsrSpec* first;
  const MsrSpec* last;  ///< behind the last one
  const MsrSpec* begin() const { return first; }
  const MsrSpec* end() const { return last; }
};
/// All registers that are known, sorted by index; those of the local APIC are not among them.
MsrTable msr_table();
/// The entry for a register of this processor, or nullptr.
const MsrSpec* find_msr(const CpuModel& model, u32 index);

/// RDMSR and WRMSR without their privilege check, local APIC included. False: #GP(0).
bool read_msr(Cpu& cpu, u32 index, Cycle now, u64& value);
bool write_msr(Cpu& cpu, u32 index, u64 value, Cycle now);
/// Whether the register lies in the local APIC's x2APIC range (SDM Vol. 3 §11.12.1.2).
constexpr bool x2apic_msr(u32 index) { return index >= 0x800 && index <= 0x8FF; }
/// Power-up values.
void reset_msrs(Cpu& cpu);
/// MSR_PKG_CST_CONFIG_CONTROL and MSR_POWER_CTL of this CPU (SDM Vol. 4 table 2-20).
u64 package_cst_config(const Cpu& cpu);
u64 power_control(const Cpu& cpu);
/// CPUID leaf 1 puts the microcode revision into IA32_BIOS_SIGN_ID (SDM Vol. 3 §9.11.7.1).
void load_microcode_signature(Cpu& cpu);

/// Memory types of MTRRs and PAT (SDM Vol. 3 tables 11-2 and 11-10); PAT knows UC- (7), too.
constexpr bool valid_mtrr_type(u64 type) { return type <= 1 || (type >= 4 && type <= 6); }
constexpr bool valid_pat_type(u64 type) { return valid_mtrr_type(type) || type == 7; }

}  // namespace apicsim
