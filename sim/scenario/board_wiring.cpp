#include "sim/scenario/board_wiring.h"

#include <variant>

#include "models/firmware/acpi_tables.h"
#include "models/firmware/spec/acpi_layout.h"

namespace apicsim {

namespace {

constexpr std::uint16_t kPolarityMask = 3;
constexpr std::uint16_t kActiveLow = 3;  // MPS INTI flags, ACPI table 5-50
constexpr std::uint8_t kIsaBus = 0;

/// What follows the header, whether the table is described or a dump.
Bytes body_of(const AcpiTable& table) {
  const Bytes bytes = build_table(table);
  if (bytes.size() < acpi_layout::header_size) return {};
  return Bytes(bytes.begin() + acpi_layout::header_size, bytes.end());
}

void add_routes(const AcpiTable& table, BoardWiring& wiring) {
  for (const MadtEntry& entry : parse_madt(body_of(table)).entries) {
    const auto* route = std::get_if<MadtOverride>(&entry);
    if (route == nullptr || route->bus != kIsaBus) continue;
    wiring.isa.push_back({route->source, route->gsi, (route->flags & kPolarityMask) == kActiveLow});
  }
}

void add_acpi_mode(const AcpiTable& table, BoardWiring& wiring) {
  const FadtDescription fadt = parse_fadt(body_of(table));
  wiring.acpi_enable = static_cast<std::uint8_t>(fadt.acpi_enable);
  wiring.acpi_disable = static_cast<std::uint8_t>(fadt.acpi_disable);
  wiring.acpi_mode = fadt.smi_command_port == 0;  // ACPI §4.8.2.5: hardware-reduced transition
}

}  // namespace

BoardWiring wiring_of(const Machine& machine) {
  BoardWiring wiring;
  for (const AcpiTable& table : machine.firmware.tables) {
    if (table.signature == "APIC") add_routes(table, wiring);
    if (table.signature == "FACP") add_acpi_mode(table, wiring);
  }
  return wiring;
}

}  // namespace apicsim
