#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace apicsim::lapic {

/// Offsets in the register page; the x2APIC MSR is 0x800 + offset / 16 (SDM Vol. 3 §11.12.1.2).
namespace reg {
inline constexpr std::uint32_t id = 0x020;
inline constexpr std::uint32_t version = 0x030;
inline constexpr std::uint32_t tpr = 0x080;
inline constexpr std::uint32_t apr = 0x090;
inline constexpr std::uint32_t ppr = 0x0A0;
inline constexpr std::uint32_t eoi = 0x0B0;
inline constexpr std::uint32_t rrd = 0x0C0;
inline constexpr std::uint32_t ldr = 0x0D0;
inline constexpr std::uint32_t dfr = 0x0E0;
inline constexpr std::uint32_t svr = 0x0F0;
inline constexpr std::uint32_t isr = 0x100;  ///< eight registers, 0x100..0x170
inline constexpr std::uint32_t tmr = 0x180;  ///< eight registers, 0x180..0x1F0
inline constexpr std::uint32_t irr = 0x200;  ///< eight registers, 0x200..0x270
inline constexpr std::uint32_t esr = 0x280;
inline constexpr std::uint32_t lvt_cmci = 0x2F0;
inline constexpr std::uint32_t icr = 0x300;
inline constexpr std::uint32_t icr_high = 0x310;
inline constexpr std::uint32_t lvt_timer = 0x320;
inline constexpr std::uint32_t lvt_thermal = 0x330;
inline constexpr std::uint32_t lvt_performance = 0x340;
inline constexpr std::uint32_t lvt_lint0 = 0x350;
inline constexpr std::uint32_t lvt_lint1 = 0x360;
inline constexpr std::uint32_t lvt_error = 0x370;
inline constexpr std::uint32_t initial_count = 0x380;
inline constexpr std::uint32_t current_count = 0x390;
inline constexpr std::uint32_t divide = 0x3E0;
inline constexpr std::uint32_t self_ipi = 0x3F0;
}  // namespace reg

/// Fields of SVR, §11.9.
namespace svr {
inline constexpr std::uint32_t vector = 0xFF;
inline constexpr std::uint32_t enable = 1u << 8;
inline constexpr std::uint32_t suppress_eoi_broadcast = 1u << 12;
}  // namespace svr

/// Fields of an LVT entry, §11.5.1.
namespace lvt {
inline constexpr std::uint32_t vector = 0xFF;
inline constexpr unsigned delivery_mode_shift = 8;
inline constexpr std::uint32_t delivery_status = 1u << 12;
inline constexpr std::uint32_t active_low = 1u << 13;
inline constexpr std::uint32_t remote_irr = 1u << 14;
inline constexpr std::uint32_t level_triggered = 1u << 15;
inline constexpr std::uint32_t mask = 1u << 16;
inline constexpr unsigned timer_mode_shift = 17;
}  // namespace lvt

/// Fields of the low half of ICR, §11.6.1.
namespace icr {
inline constexpr std::uint32_t vector = 0xFF;
inline constexpr unsigned delivery_mode_shift = 8;
inline constexpr std::uint32_t logical = 1u << 11;
inline constexpr std::uint32_t assert_level = 1u << 14;
inline constexpr std::uint32_t level_triggered = 1u << 15;
inline constexpr unsigned shorthand_shift = 18;
}  // namespace icr

/// Bits of ESR, §11.5.3.
namespace esr {
inline constexpr std::uint32_t redirectable_ipi = 1u << 4;
inline constexpr std::uint32_t send_illegal_vector = 1u << 5;
inline constexpr std::uint32_t receive_illegal_vector = 1u << 6;
inline constexpr std::uint32_t illegal_register_address = 1u << 7;
}  // namespace esr

/// Fields of IA32_APIC_BASE, §11.4.4 and §11.12.1.
namespace base {
inline constexpr std::uint64_t bootstrap = 1u << 8;
inline constexpr std::uint64_t extended = 1u << 10;
inline constexpr std::uint64_t enable = 1u << 11;
inline constexpr std::uint64_t default_address = 0xFEE00000;
}  // namespace base

inline constexpr std::uint32_t msr_tsc_deadline = 0x6E0;  ///< IA32_TSC_DEADLINE, §11.5.4.1
inline constexpr std::uint32_t msr_x2apic_first = 0x800;
inline constexpr std::uint32_t msr_x2apic_last = 0x8FF;
/// Vectors below are reserved; a fixed interrupt with one of them is an error, §11.5.2.
inline constexpr unsigned first_legal_vector = 16;

enum class Access : std::uint8_t { none, read_only, read_write, write_only };

/// What of the processor a register, or some of its bits, depends on.
enum class Feature : std::uint8_t { always, cmci, directed_eoi, tsc_deadline };

/// One row of SDM Vol. 3 Table 11-1 joined with Table 11-6.
struct RegisterSpec {
  std::uint16_t offset;
  const char* name;
  Access xapic;
  Access x2apic;
  std::uint32_t xapic_bits;    ///< kept by a store to the page; all others are dropped
  std::uint64_t x2apic_bits;   ///< may be set in a WRMSR without #GP (read-only bits included)
  std::uint32_t read_only;     ///< within those: unchanged by writes
  std::uint32_t reset;         ///< after power-up and INIT
  Feature feature;             ///< what `feature_bits` depend on
  std::uint32_t feature_bits;  ///< ~0 when the whole register does
  const char* section;         ///< of SDM Vol. 3
};

inline constexpr std::size_t register_count = 48;

/// All registers in order of their offset.
const std::array<RegisterSpec, register_count>& registers();

/// The register at `offset`, which must be a multiple of 16; null where there is none.
const RegisterSpec* find_register(std::uint32_t offset);

}  // namespace apicsim::lapic
