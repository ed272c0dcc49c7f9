#include "models/apic/spec/local_apic_registers.h"

#include <algorithm>

namespace apicsim::lapic {
namespace {

constexpr Access no = Access::none;
constexpr Access ro = Access::read_only;
constexpr Access rw = Access::read_write;
constexpr Access wo = Access::write_only;

constexpr std::uint32_t none = 0;
constexpr std::uint32_t all = 0xFFFFFFFF;
constexpr Feature always = Feature::always;

/// §11.5.1, Figure 11-8: which bits each kind of LVT entry has.
constexpr std::uint32_t common_lvt = lvt::vector | lvt::delivery_status | lvt::mask;
constexpr std::uint32_t mode_lvt = common_lvt | 7u << lvt::delivery_mode_shift;
constexpr std::uint32_t timer_lvt = common_lvt | 3u << lvt::timer_mode_shift;
constexpr std::uint32_t pin_lvt =
    mode_lvt | lvt::active_low | lvt::remote_irr | lvt::level_triggered;
constexpr std::uint32_t lvt_status = lvt::delivery_status | lvt::remote_irr;
constexpr std::uint32_t deadline_mode = 2u << lvt::timer_mode_shift;

/// §11.6.1, Figure 11-12: reserved are 31:20, 17:16 and 13. Bit 12 has no meaning in x2APIC mode
/// (§11.12.9) and is ignored.
constexpr std::uint64_t x2_icr_bits = 0xFFFFFFFF'000CDFFF;

constexpr RegisterSpec vectors(std::uint16_t offset, const char* name) {
  return {offset, name, ro, ro, none, none, none, 0, always, none, "11.8.4"};
}

constexpr std::array<RegisterSpec, register_count> table{{
    {reg::id, "ID", rw, ro, 0xFF000000, none, none, 0, always, none, "11.4.6"},
    {reg::version, "VERSION", ro, ro, none, none, none, 0, always, none, "11.4.8"},
    {reg::tpr, "TPR", rw, rw, 0xFF, 0xFF, none, 0, always, none, "11.8.3.1"},
    {reg::apr, "APR", ro, no, none, none, none, 0, always, none, "11.6.2.4"},
    {reg::ppr, "PPR", ro, ro, none, none, none, 0, always, none, "11.8.3.1"},
    {reg::eoi, "EOI", wo, wo, all, none, none, 0, always, none, "11.8.5"},
    {reg::rrd, "RRD", ro, no, none, none, none, 0, always, none, "Table 11-1"},
    {reg::ldr, "LDR", rw, ro, 0xFF000000, none, none, 0, always, none, "11.6.2.2"},
    {reg::dfr, "DFR", rw, no, 0xF0000000, none, none, all, always, none, "11.6.2.2"},
    {reg::svr, "SVR", rw, rw, 0x13FF, 0x11FF, none, 0xFF, Feature::directed_eoi,
     svr::suppress_eoi_broadcast, "11.9"},
    vectors(0x100, "ISR0"),
    vectors(0x110, "ISR1"),
    vectors(0x120, "ISR2"),
    vectors(0x130, "ISR3"),
    vectors(0x140, "ISR4"),
    vectors(0x150, "ISR5"),
    vectors(0x160, "ISR6"),
    vectors(0x170, "ISR7"),
    vectors(0x180, "TMR0"),
    vectors(0x190, "TMR1"),
    vectors(0x1A0, "TMR2"),
    vectors(0x1B0, "TMR3"),
    vectors(0x1C0, "TMR4"),
    vectors(0x1D0, "TMR5"),
    vectors(0x1E0, "TMR6"),
    vectors(0x1F0, "TMR7"),
    vectors(0x200, "IRR0"),
    vectors(0x210, "IRR1"),
    vectors(0x220, "IRR2"),
    vectors(0x230, "IRR3"),
    vectors(0x240, "IRR4"),
    vectors(0x250, "IRR5"),
    vectors(0x260, "IRR6"),
    vectors(0x270, "IRR7"),
    {reg::esr, "ESR", rw, rw, all, none, none, 0, always, none, "11.5.3"},
    {reg::lvt_cmci, "LVT_CMCI", rw, rw, mode_lvt, mode_lvt, lvt_status, lvt::mask, Feature::cmci,
     all, "11.5.1"},
    // Stores to the page keep the reserved bits, too; only the delivery status never reads as set.
    {reg::icr, "ICR", rw, rw, all & ~lvt::delivery_status, x2_icr_bits, none, 0, always, none,
     "11.6.1"},
    {reg::icr_high, "ICR_HIGH", rw, no, 0xFF000000, none, none, 0, always, none, "11.6.1"},
    {reg::lvt_timer, "LVT_TIMER", rw, rw, timer_lvt, timer_lvt, lvt_status, lvt::mask,
     Feature::tsc_deadline, deadline_mode, "11.5.1"},
    {reg::lvt_thermal, "LVT_THERMAL", rw, rw, mode_lvt, mode_lvt, lvt_status, lvt::mask, always,
     none, "11.5.1"},
    {reg::lvt_performance, "LVT_PERFORMANCE", rw, rw, mode_lvt, mode_lvt, lvt_status, lvt::mask,
     always, none, "11.5.1"},
    {reg::lvt_lint0, "LVT_LINT0", rw, rw, pin_lvt, pin_lvt, lvt_status, lvt::mask, always, none,
     "11.5.1"},
    {reg::lvt_lint1, "LVT_LINT1", rw, rw, pin_lvt, pin_lvt, lvt_status, lvt::mask, always, none,
     "11.5.1"},
    {reg::lvt_error, "LVT_ERROR", rw, rw, common_lvt, common_lvt, lvt_status, lvt::mask, always,
     none, "11.5.1"},
    {reg::initial_count, "INITIAL_COUNT", rw, rw, all, all, none, 0, always, none, "11.5.4"},
    {reg::current_count, "CURRENT_COUNT", ro, ro, none, none, none, 0, always, none, "11.5.4"},
    {reg::divide, "DIVIDE", rw, rw, 0xB, 0xB, none, 0, always, none, "11.5.4"},
    {reg::self_ipi, "SELF_IPI", no, wo, none, 0xFF, none, 0, always, none, "11.12.11"},
}};

static_assert(table.back().offset != 0, "register_count is the number of rows");

}  // namespace

const std::array<RegisterSpec, register_count>& registers() { return table; }

const RegisterSpec* find_register(std::uint32_t offset) {
  const auto row =
      std::lower_bound(table.begin(), table.end(), offset,
                       [](const RegisterSpec& spec, std::uint32_t o) { return spec.offset < o; });
  return row != table.end() && row->offset == offset ? &*row : nullptr;
}

}  // namespace apicsim::lapic
