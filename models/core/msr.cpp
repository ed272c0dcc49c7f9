#include "models/core/msr.h"

#include "models/core/cpu.h"
#include "models/core/cpuid.h"
#include "models/core/msr_access.h"

namespace apicsim {

namespace {

using namespace msr_access;

constexpr u64 all_bits = ~u64{0};

template <const CpuidFeature& f>
bool with(const CpuModel& model) {
  return has_feature(model, f);
}
bool apic_on_chip(const CpuModel& model) {
  return model.apic_generation != ApicGeneration::i82489dx;
}
bool virtual_machines(const CpuModel& model) {
  return has_feature(model, feature::vmx) || has_feature(model, feature::smx);
}
bool perf_monitoring(const CpuModel& model) { return PerformanceShape::of(model).version >= 1; }
bool perf_global(const CpuModel& model) { return PerformanceShape::of(model).version >= 2; }
bool perf_full_width(const CpuModel& model) {
  return PerformanceShape::of(model).full_width_writes;
}
unsigned general_counters(const CpuModel& model) { return PerformanceShape::of(model).general; }
unsigned fixed_counters(const CpuModel& model) { return PerformanceShape::of(model).fixed; }
bool in_smm(const Cpu& cpu) { return cpu.smm.active; }
bool aperf(const CpuModel& model) { return cpuid_of_model(model, 6, 0).ecx & 1; }
bool perf_capabilities(const CpuModel& model) { return bit(cpuid_of_model(model, 1, 0).ecx, 15); }
bool perf_bias(const CpuModel& model) { return bit(cpuid_of_model(model, 6, 0).ecx, 3); }
bool package_thermal(const CpuModel& model) { return bit(cpuid_of_model(model, 6, 0).eax, 6); }

/// A register that keeps what is written.
constexpr MsrSpec kept(u32 first, u32 count, const char* name, const char* section,
                       MsrSpec::Present present, u64 writable, u8 slot, u64 reset = 0) {
  return {first, count,     name,       section, present, writable,
          reset, read_kept, write_kept, nullptr, slot};
}
constexpr MsrSpec field(u32 index, const char* name, const char* section, MsrSpec::Present present,
                        u64 writable, MsrSpec::Write write, u64 MsrState::*member, u64 reset = 0) {
  return {index, 1, name, section, present, writable, reset, read_kept, write, member, 0};
}
/// Read-only, with a fixed value.
constexpr MsrSpec fixed(u32 first, u32 count, const char* name, const char* section,
                        MsrSpec::Present present, u8 slot, u64 value = 0) {
  return {first, count, name, section, present, 0, value, read_kept, nullptr, nullptr, slot};
}
constexpr MsrSpec special(u32 first, u32 count, const char* name, const char* section,
                          MsrSpec::Present present, u64 writable, MsrSpec::Read read,
                          MsrSpec::Write write) {
  return {first, count, name, section, present, writable, 0, read, write, nullptr, 0};
}
constexpr MsrSpec as_many_as(unsigned (*available)(const CpuModel&), MsrSpec spec) {
  spec.available = available;
  return spec;
}
constexpr MsrSpec while_true(bool (*accessible)(const Cpu&), MsrSpec spec) {
  spec.accessible = accessible;
  return spec;
}
constexpr MsrSpec unmodelled(u32 first, u32 count, const char* name, const char* section,
                             MsrSpec::Present present = nullptr) {
  return {first,   count, name, section, present, all_bits, 0, read_unmodelled, write_unmodelled,
          nullptr, 0};
}

// Cells of MsrState::other, in the order of the table.
namespace cells {
constexpr u8 platform_id = 0, signature = 1, feature_control = 2, package_cst = 3, io_capture = 4,
             mtrr_cap = 5, mcg_cap = 6, perf_ctl = 7, clock_modulation = 8, misc_power = 9,
             turbo = 10, bias = 11, power_ctl = 12, zero = 13;
}  // namespace cells

/// Banks, CMCI (bit 10), threshold-based status (11), software error recovery (24): SDM Vol. 3
/// §15.3.1.1; the number of banks is that of Sandy Bridge-EP.
constexpr u64 mcg_cap = machine_check_banks | 1u << 10 | 1u << 11 | 1u << 24;
/// Ten variable ranges, fixed ranges, write combining: SDM Vol. 3 §11.11.1.
constexpr u64 mtrr_cap = 10 | 1u << 8 | 1u << 10;
constexpr u64 misc_enable_writable =
    misc_enable::fast_strings | misc_enable::thermal_control | misc_enable::perf_monitoring |
    misc_enable::bts_unavailable | misc_enable::pebs_unavailable | misc_enable::speedstep |
    misc_enable::monitor | misc_enable::limit_cpuid | misc_enable::xtpr_disable |
    misc_enable::no_execute_disable | misc_enable::turbo_disable;
constexpr u64 misc_enable_reset = misc_enable::fast_strings | misc_enable::thermal_control |
                                  misc_enable::bts_unavailable | misc_enable::pebs_unavailable |
                                  misc_enable::speedstep;
/// Package C6 with retention, not locked: the deepest code of Vol. 4 table 2-20 short of "no
/// limit". What the Gen8's firmware leaves here is not published; this is assumed.
constexpr u64 package_cst_reset = 3;
constexpr u64 pat_reset = 0x0007040600070406;  // SDM Vol. 3 table 11-12

/// SDM Vol. 4 table 2-2 (architectural), 2-20 and 2-26 (Sandy Bridge, Ivy Bridge-EP).
constexpr MsrSpec table[] = {
    fixed(0x0, 2, "IA32_P5_MC_ADDR", "Vol. 4 table 2-2", with<feature::mca>, cells::zero),
    special(0x10, 1, "IA32_TIME_STAMP_COUNTER", "Vol. 3 §17.17", with<feature::tsc>, all_bits,
            read_tsc, write_tsc),
    fixed(0x17, 1, "IA32_PLATFORM_ID", "Vol. 3 §9.11.4", nullptr, cells::platform_id),
    special(0x1B, 1, "IA32_APIC_BASE", "Vol. 3 §11.4.4", apic_on_chip, all_bits, read_apic_base,
            write_apic_base),
    special(0x34, 1, "MSR_SMI_COUNT", "Vol. 4 table 2-20", nullptr, 0, read_smi_count, nullptr),
    fixed(0x3A, 1, "IA32_FEATURE_CONTROL", "Vol. 3 §23.7", virtual_machines, cells::feature_control,
          1),
    field(0x3B, "IA32_TSC_ADJUST", "Vol. 3 §17.17.3", with<feature::tsc_adjust>, all_bits,
          write_tsc_adjust, &MsrState::tsc_adjust),
    special(0x79, 1, "IA32_BIOS_UPDT_TRIG", "Vol. 3 §9.11.6", nullptr, all_bits, nullptr,
            write_ignored),
    kept(0x8B, 1, "IA32_BIOS_SIGN_ID", "Vol. 3 §9.11.7.1", nullptr, all_bits, cells::signature),
    while_true(in_smm, special(0x9E, 1, "IA32_SMBASE", "Vol. 3 §31.15.6.4", virtual_machines, 0,
                               read_smbase, nullptr)),
    as_many_as(general_counters,
               special(0xC1, PerformanceCounters::most_general, "IA32_PMC", "Vol. 3 §18.2.1",
                       perf_monitoring, all_bits, read_counter, write_counter)),
    special(0xCE, 1, "MSR_PLATFORM_INFO", "Vol. 4 table 2-20", nullptr, 0, read_platform_info,
            nullptr),
    {0xE2, 1, "MSR_PKG_CST_CONFIG_CONTROL", "Vol. 4 table 2-20", nullptr, 0x1E008407,
     package_cst_reset, read_kept, write_package_cst, nullptr, cells::package_cst},
    kept(0xE4, 1, "MSR_PMG_IO_CAPTURE_BASE", "Vol. 4 table 2-20", nullptr, 0x7FFFF,
         cells::io_capture),
    unmodelled(0xE7, 2, "IA32_MPERF, IA32_APERF", "Vol. 3 §14.2", aperf),
    fixed(0xFE, 1, "IA32_MTRRCAP", "Vol. 3 §11.11.1", with<feature::mtrr>, cells::mtrr_cap,
          mtrr_cap),
    field(0x174, "IA32_SYSENTER_CS", "Vol. 2 SYSENTER", with<feature::sep>, 0xFFFFFFFF, write_kept,
          &MsrState::sysenter_cs),
    field(0x175, "IA32_SYSENTER_ESP", "Vol. 2 SYSENTER", with<feature::sep>, all_bits,
          write_canonical, &MsrState::sysenter_esp),
    field(0x176, "IA32_SYSENTER_EIP", "Vol. 2 SYSENTER", with<feature::sep>, all_bits,
          write_canonical, &MsrState::sysenter_eip),
    fixed(0x179, 1, "IA32_MCG_CAP", "Vol. 3 §15.3.1.1", with<feature::mca>, cells::mcg_cap,
          mcg_cap),
    field(0x17A, "IA32_MCG_STATUS", "Vol. 3 §15.3.1.2", with<feature::mca>, 0x7, write_kept,
          &MsrState::mcg_status),
    as_many_as(general_counters, special(0x186, PerformanceCounters::most_general,
                                         "IA32_PERFEVTSEL", "Vol. 3 §18.2.1", perf_monitoring,
                                         all_bits, read_event_select, write_event_select)),
    special(0x198, 1, "IA32_PERF_STATUS", "Vol. 3 §14.1.1", nullptr, 0, read_perf_status, nullptr),
    kept(0x199, 1, "IA32_PERF_CTL", "Vol. 3 §14.1.1", nullptr, u64{1} << 32 | 0xFFFF,
         cells::perf_ctl),
    {0x19A, 1, "IA32_CLOCK_MODULATION", "Vol. 3 §14.7.3", with<feature::acpi>, 0x1F, 0, read_kept,
     write_clock_modulation, nullptr, cells::clock_modulation},
    special(0x19B, 1, "IA32_THERM_INTERRUPT", "Vol. 3 §14.7.5", with<feature::acpi>, all_bits,
            read_thermal_interrupt, write_thermal_interrupt),
    special(0x19C, 1, "IA32_THERM_STATUS", "Vol. 3 §14.7.5", with<feature::acpi>, all_bits,
            read_thermal_status, write_thermal_status),
    field(0x1A0, "IA32_MISC_ENABLE", "Vol. 4 table 2-2", nullptr, misc_enable_writable,
          write_misc_enable, &MsrState::misc_enable, misc_enable_reset),
    special(0x1A2, 1, "MSR_TEMPERATURE_TARGET", "Vol. 4 table 2-20", nullptr, 0,
            read_temperature_target, nullptr),
    kept(0x1AA, 1, "MSR_MISC_PWR_MGMT", "Vol. 4 table 2-20", nullptr, 0x400003, cells::misc_power),
    fixed(0x1AD, 1, "MSR_TURBO_RATIO_LIMIT", "Vol. 4 table 2-20", nullptr, cells::turbo),
    kept(0x1B0, 1, "IA32_ENERGY_PERF_BIAS", "Vol. 3 §14.3.4", perf_bias, 0xF, cells::bias, 6),
    special(0x1B1, 1, "IA32_PACKAGE_THERM_STATUS", "Vol. 3 §14.8", package_thermal, all_bits,
            read_thermal_status, write_thermal_status),
    special(0x1B2, 1, "IA32_PACKAGE_THERM_INTERRUPT", "Vol. 3 §14.8", package_thermal, all_bits,
            read_thermal_interrupt, write_thermal_interrupt),
    field(0x1D9, "IA32_DEBUGCTL", "Vol. 3 §17.4.1", nullptr, 0x7FC3, write_debug_control,
          &MsrState::debug_control),
    kept(0x1FC, 1, "MSR_POWER_CTL", "Vol. 4 table 2-20", nullptr, all_bits, cells::power_ctl),
    special(0x200, 20, "IA32_MTRR_PHYSBASE, _PHYSMASK", "Vol. 3 §11.11.2.3", with<feature::mtrr>,
            all_bits, read_mtrr_variable, write_mtrr_variable),
    special(0x250, 1, "IA32_MTRR_FIX64K_00000", "Vol. 3 §11.11.2.2", with<feature::mtrr>, all_bits,
            read_mtrr_fixed, write_mtrr_fixed),
    special(0x258, 2, "IA32_MTRR_FIX16K", "Vol. 3 §11.11.2.2", with<feature::mtrr>, all_bits,
            read_mtrr_fixed, write_mtrr_fixed),
    special(0x268, 8, "IA32_MTRR_FIX4K", "Vol. 3 §11.11.2.2", with<feature::mtrr>, all_bits,
            read_mtrr_fixed, write_mtrr_fixed),
    field(0x277, "IA32_PAT", "Vol. 3 §11.12.2", with<feature::pat>, all_bits, write_pat,
          &MsrState::pat, pat_reset),
    special(0x280, machine_check_banks, "IA32_MC_CTL2", "Vol. 3 §15.3.2.5", with<feature::mca>,
            0x40007FFF, read_bank_control2, write_bank_control2),
    field(0x2FF, "IA32_MTRR_DEF_TYPE", "Vol. 3 §11.11.2.1", with<feature::mtrr>, 0xCFF,
          write_mtrr_def_type, &MsrState::mtrr_def_type),
    as_many_as(fixed_counters,
               special(0x309, PerformanceCounters::most_fixed, "IA32_FIXED_CTR", "Vol. 3 §18.2.2",
                       perf_global, all_bits, read_fixed_counter, write_fixed_counter)),
    special(0x345, 1, "IA32_PERF_CAPABILITIES", "Vol. 4 table 2-2", perf_capabilities, 0,
            read_perf_capabilities, nullptr),
    special(0x38D, 1, "IA32_FIXED_CTR_CTRL", "Vol. 3 §18.2.2", perf_global, all_bits,
            read_fixed_control, write_fixed_control),
    special(0x38E, 1, "IA32_PERF_GLOBAL_STATUS", "Vol. 3 §18.2.2", perf_global, 0,
            read_global_status, nullptr),
    special(0x38F, 1, "IA32_PERF_GLOBAL_CTRL", "Vol. 3 §18.2.2", perf_global, all_bits,
            read_global_control, write_global_control),
    special(0x390, 1, "IA32_PERF_GLOBAL_OVF_CTRL", "Vol. 3 §18.2.2", perf_global, all_bits, nullptr,
            write_overflow_control),
    special(0x3F8, 3, "MSR_PKG_C3_RESIDENCY, _C6_, _C7_", "Vol. 4 table 2-20", nullptr, 0,
            read_package_residency, nullptr),
    special(0x3FC, 3, "MSR_CORE_C3_RESIDENCY, _C6_, _C7_", "Vol. 4 table 2-20", nullptr, 0,
            read_core_residency, nullptr),
    special(0x400, 4 * machine_check_banks, "IA32_MC_CTL, _STATUS, _ADDR, _MISC", "Vol. 3 §15.3.2",
            with<feature::mca>, all_bits, read_bank, write_bank),
    as_many_as(general_counters,
               special(0x4C1, PerformanceCounters::most_general, "IA32_A_PMC", "Vol. 3 §18.2.6",
                       perf_full_width, all_bits, read_counter, write_full_counter)),
    unmodelled(0x600, 1, "IA32_DS_AREA", "Vol. 3 §17.4.9", with<feature::ds>),
    unmodelled(0x606, 1, "MSR_RAPL_POWER_UNIT", "Vol. 4 table 2-20"),
    special(0x60D, 1, "MSR_PKG_C2_RESIDENCY", "Vol. 4 table 2-20", nullptr, 0,
            read_package_residency, nullptr),
    unmodelled(0x610, 6, "MSR_PKG_POWER_LIMIT ... MSR_PKG_POWER_INFO", "Vol. 4 table 2-20"),
    special(0x6E0, 1, "IA32_TSC_DEADLINE", "Vol. 3 §11.5.4.1", with<feature::tsc_deadline>,
            all_bits, read_tsc_deadline, write_tsc_deadline),
    field(0xC0000080, "IA32_EFER", "Vol. 3 §2.2.1", with<feature::long_mode>, all_bits,
          write_efer_register, &MsrState::efer),
    field(0xC0000081, "IA32_STAR", "Vol. 3 §5.8.8", with<feature::long_mode>, all_bits, write_kept,
          &MsrState::star),
    field(0xC0000082, "IA32_LSTAR", "Vol. 3 §5.8.8", with<feature::long_mode>, all_bits,
          write_canonical, &MsrState::lstar),
    field(0xC0000083, "IA32_CSTAR", "Vol. 4 table 2-2", with<feature::long_mode>, all_bits,
          write_canonical, &MsrState::cstar),
    field(0xC0000084, "IA32_FMASK", "Vol. 3 §5.8.8", with<feature::long_mode>, 0xFFFFFFFF,
          write_kept, &MsrState::sfmask),
    special(0xC0000100, 2, "IA32_FS_BASE, IA32_GS_BASE", "Vol. 3 §3.4.4", with<feature::long_mode>,
            all_bits, read_segment_base, write_segment_base),
    field(0xC0000102, "IA32_KERNEL_GS_BASE", "Vol. 2 SWAPGS", with<feature::long_mode>, all_bits,
          write_canonical, &MsrState::kernel_gs_base),
    field(0xC0000103, "IA32_TSC_AUX", "Vol. 3 §17.17.2", with<feature::rdtscp>, 0xFFFFFFFF,
          write_kept, &MsrState::tsc_aux),
};

bool keeps_cell(const MsrSpec& spec) { return spec.read == read_kept && spec.field == nullptr; }

}  // namespace

MsrTable msr_table() { return {std::begin(table), std::end(table)}; }

const MsrSpec* find_msr(const CpuModel& model, u32 index) {
  for (const MsrSpec& spec : table) {
    if (index - spec.first >= spec.count) continue;
    if (spec.available && index - spec.first >= spec.available(model)) return nullptr;
    return !spec.present || spec.present(model) ? &spec : nullptr;
  }
  return nullptr;
}

bool read_msr(Cpu& cpu, u32 index, Cycle now, u64& value) {
  if (x2apic_msr(index)) {
    const auto read = cpu.apic().read_msr(index, now);
    value = read.value_or(0);
    return read.has_value();
  }
  const MsrSpec* spec = find_msr(cpu.environment().model, index);
  if (!spec || !spec->read || (spec->accessible && !spec->accessible(cpu))) return false;
  value = spec->read(cpu, *spec, index, now);
  return true;
}

bool write_msr(Cpu& cpu, u32 index, u64 value, Cycle now) {
  if (x2apic_msr(index)) return cpu.apic().write_msr(index, value, now);
  const MsrSpec* spec = find_msr(cpu.environment().model, index);
  if (!spec || !spec->write || (value & ~spec->writable)) return false;
  return spec->write(cpu, *spec, index, value, now);
}

void reset_msrs(Cpu& cpu) {
  const CpuModel& model = cpu.environment().model;
  for (const MsrSpec& spec : table) {
    if (spec.field) cpu.msr.*spec.field = spec.reset;
    if (keeps_cell(spec))
      for (u32 n = 0; n < spec.count; ++n) cpu.msr.other[spec.slot + n] = spec.reset;
  }
  if (has_feature(model, feature::monitor)) cpu.msr.misc_enable |= misc_enable::monitor;
  if (perf_monitoring(model)) cpu.msr.misc_enable |= misc_enable::perf_monitoring;
  load_microcode_signature(cpu);
}

u64 package_cst_config(const Cpu& cpu) { return cpu.msr.other[cells::package_cst]; }
u64 power_control(const Cpu& cpu) { return cpu.msr.other[cells::power_ctl]; }

void load_microcode_signature(Cpu& cpu) {
  cpu.msr.other[cells::signature] = u64{cpu.environment().model.microcode_revision} << 32;
}

}  // namespace apicsim
