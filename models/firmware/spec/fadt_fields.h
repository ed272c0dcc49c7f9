#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "models/firmware/acpi_description.h"

/// The fixed ACPI description table as data, ACPI §5.2.9 table 5-34: name, offset, width in bytes.
/// Encoder, decoder and machine description read this one list. FACS and DSDT addresses, which the
/// placement fills in, are not in it.
namespace apicsim::fadt {

struct Field {
  const char* name;
  std::size_t offset;
  std::size_t width;
  std::uint32_t FadtDescription::*member;
};

struct AddressField {
  const char* name;
  std::size_t offset;
  GenericAddress FadtDescription::*member;
};

inline constexpr std::size_t facs_offset = 36;
inline constexpr std::size_t dsdt_offset = 40;
inline constexpr std::size_t x_facs_offset = 132;
inline constexpr std::size_t x_dsdt_offset = 140;
inline constexpr std::size_t hypervisor_offset = 268;

using D = FadtDescription;

inline constexpr std::array<Field, 38> fields{{
    {"interrupt_model", 44, 1, &D::interrupt_model},
    {"preferred_profile", 45, 1, &D::preferred_profile},
    {"sci_interrupt", 46, 2, &D::sci_interrupt},
    {"smi_command_port", 48, 4, &D::smi_command_port},
    {"acpi_enable", 52, 1, &D::acpi_enable},
    {"acpi_disable", 53, 1, &D::acpi_disable},
    {"s4bios_request", 54, 1, &D::s4bios_request},
    {"pstate_control", 55, 1, &D::pstate_control},
    {"pm1a_event_block", 56, 4, &D::pm1a_event_block},
    {"pm1b_event_block", 60, 4, &D::pm1b_event_block},
    {"pm1a_control_block", 64, 4, &D::pm1a_control_block},
    {"pm1b_control_block", 68, 4, &D::pm1b_control_block},
    {"pm2_control_block", 72, 4, &D::pm2_control_block},
    {"pm_timer_block", 76, 4, &D::pm_timer_block},
    {"gpe0_block", 80, 4, &D::gpe0_block},
    {"gpe1_block", 84, 4, &D::gpe1_block},
    {"pm1_event_length", 88, 1, &D::pm1_event_length},
    {"pm1_control_length", 89, 1, &D::pm1_control_length},
    {"pm2_control_length", 90, 1, &D::pm2_control_length},
    {"pm_timer_length", 91, 1, &D::pm_timer_length},
    {"gpe0_length", 92, 1, &D::gpe0_length},
    {"gpe1_length", 93, 1, &D::gpe1_length},
    {"gpe1_base", 94, 1, &D::gpe1_base},
    {"cst_control", 95, 1, &D::cst_control},
    {"c2_latency", 96, 2, &D::c2_latency},
    {"c3_latency", 98, 2, &D::c3_latency},
    {"flush_size", 100, 2, &D::flush_size},
    {"flush_stride", 102, 2, &D::flush_stride},
    {"duty_offset", 104, 1, &D::duty_offset},
    {"duty_width", 105, 1, &D::duty_width},
    {"day_alarm", 106, 1, &D::day_alarm},
    {"month_alarm", 107, 1, &D::month_alarm},
    {"century", 108, 1, &D::century},
    {"boot_flags", 109, 2, &D::boot_flags},
    {"flags", 112, 4, &D::flags},
    {"reset_value", 128, 1, &D::reset_value},
    {"arm_boot_flags", 129, 2, &D::arm_boot_flags},
    {"minor_revision", 131, 1, &D::minor_revision},
}};

inline constexpr std::array<AddressField, 11> address_fields{{
    {"reset_register", 116, &D::reset_register},
    {"x_pm1a_event_block", 148, &D::x_pm1a_event_block},
    {"x_pm1b_event_block", 160, &D::x_pm1b_event_block},
    {"x_pm1a_control_block", 172, &D::x_pm1a_control_block},
    {"x_pm1b_control_block", 184, &D::x_pm1b_control_block},
    {"x_pm2_control_block", 196, &D::x_pm2_control_block},
    {"x_pm_timer_block", 208, &D::x_pm_timer_block},
    {"x_gpe0_block", 220, &D::x_gpe0_block},
    {"x_gpe1_block", 232, &D::x_gpe1_block},
    {"sleep_control_register", 244, &D::sleep_control_register},
    {"sleep_status_register", 256, &D::sleep_status_register},
}};

/// Length of the table by its revision; each revision only appends.
constexpr std::size_t length(std::uint8_t revision) {
  if (revision <= 1) return 116;  // ACPI 1.0b §5.2.5
  if (revision <= 4) return 244;  // ACPI 2.0 to 4.0
  if (revision == 5) return 268;  // ACPI 5.0
  return 276;                     // ACPI 6.0: hypervisor vendor identity
}

}  // namespace apicsim::fadt
