#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "models/fabric/spec/register_table.h"
#include "models/fabric/spec/register_word.h"

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
inline constexpr std::uint32_t no_focus_check = 1u << 9;  ///< before the Pentium 4
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
inline constexpr unsigned time_base_shift = 18;  ///< 82489DX, two bits
inline constexpr std::uint32_t time_base_divided = 2;
}  // namespace lvt

/// Fields of the low half of ICR, §11.6.1.
namespace icr {
inline constexpr std::uint32_t delivery_status = 1u << 12;
/// Before the Pentium 4: 0 invalid, 1 in progress, 2 valid.
inline constexpr std::uint32_t remote_read = 3u << 16;
inline constexpr std::uint32_t remote_read_in_progress = 1u << 16;
inline constexpr std::uint32_t remote_read_valid = 2u << 16;
inline constexpr std::uint32_t vector = 0xFF;
inline constexpr unsigned delivery_mode_shift = 8;
inline constexpr std::uint32_t logical = 1u << 11;
inline constexpr std::uint32_t assert_level = 1u << 14;
inline constexpr std::uint32_t level_triggered = 1u << 15;
inline constexpr unsigned shorthand_shift = 18;
}  // namespace icr

/// Bits of ESR, §11.5.3.
namespace esr {
inline constexpr std::uint32_t send_accept = 1u << 2;     ///< on the serial bus only
inline constexpr std::uint32_t receive_accept = 1u << 3;  ///< on the serial bus only
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

/// The ways to the registers: the page of each generation (SDM Vol. 3 Table 11-1), and the MSRs.
enum class Interface : std::uint8_t { i82489dx, p6, xapic, x2apic };
inline constexpr std::size_t interface_count = 4;

/// What of the processor a register, or some of its bits, depends on.
enum class Feature : std::uint8_t {
  always,
  cmci,         ///< seven LVT entries, §11.4.8
  thermal,      ///< six
  performance,  ///< five
  error,        ///< four
  directed_eoi,
  tsc_deadline,
};

/// Some bits of a register and their word through each interface; `absent` where other fields have
/// these bits. Bits without a field are reserved: dropped by a store to the page, #GP in a WRMSR
/// (§11.12.1.3).
struct FieldSpec {
  std::uint8_t lsb;
  std::uint8_t width;
  const char* name;
  std::array<spec::Word, interface_count> words;
  Feature feature = Feature::always;  ///< reserved without it
};

/// What a write does with the bits, all features given.
struct WriteMasks {
  std::uint64_t writable = 0;  ///< taken from the value written; all others keep their state
  std::uint64_t legal = 0;     ///< may be set in the value; others raise #GP in x2APIC mode
};

/// One row of SDM Vol. 3 Table 11-1 joined with Table 11-6.
struct RegisterSpec {
  std::uint16_t offset;
  const char* name;
  Access i82489dx;
  Access p6;
  Access xapic;
  Access x2apic;
  std::uint32_t reset;         ///< after power-up and INIT (which leaves ID alone, §11.4.7.3)
  const char* section;         ///< of SDM Vol. 3
  Feature feature;             ///< what `feature_bits` depend on
  std::uint64_t feature_bits;  ///< ~0 when the whole register does
  const FieldSpec* fields;
  std::size_t field_count;
  std::array<WriteMasks, interface_count> masks;

  constexpr Access access(Interface from) const {
    return from == Interface::i82489dx ? i82489dx
           : from == Interface::p6     ? p6
           : from == Interface::xapic  ? xapic
                                       : x2apic;
  }
};

inline constexpr std::size_t register_count = 48;

/// All registers in order of their offset.
const std::array<RegisterSpec, register_count>& registers();

/// The register at `offset`, which must be a multiple of 16; null where there is none.
const RegisterSpec* find_register(std::uint32_t offset);

/// The declarations as a document.
spec::RegisterTable register_table();

}  // namespace apicsim::lapic
