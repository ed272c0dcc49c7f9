#include "sim/firmware_check/layout_madt.h"

#include <fmt/format.h>

#include "sim/firmware_check/meaning.h"

namespace apicsim {

namespace {

std::string madt_flags(std::uint64_t value) { return flag_names(value, {"PCAT_COMPAT"}); }
std::string cpu_flags(std::uint64_t value) {
  return value == 0 ? "disabled" : flag_names(value, {"enabled", "online capable"});
}

/// MPS INTI flags, ACPI §5.2.12.5 table 5-50.
std::string inti_flags(std::uint64_t value) {
  static const char* const polarity[] = {"bus polarity", "high", "reserved polarity", "low"};
  static const char* const trigger[] = {"bus trigger", "edge", "reserved trigger", "level"};
  return fmt::format("{}, {}", polarity[value & 3], trigger[value >> 2 & 3]);
}

std::string lint_meaning(std::uint64_t value) { return fmt::format("LINT{}", value); }
std::string uid8(std::uint64_t value) { return value == 0xFF ? "all processors" : ""; }
std::string uid32(std::uint64_t value) { return value == 0xFFFFFFFF ? "all processors" : ""; }
std::string bus_name(std::uint64_t value) { return value == 0 ? "ISA" : ""; }

std::string platform_type(std::uint64_t value) {
  return name_at(value, {"", "PMI", "INIT", "corrected platform error"});
}

std::string structure_type(std::uint64_t value) {
  const StructureLayout* layout =
      madt_layout.tail.structures.find(static_cast<std::uint32_t>(value));
  return layout == nullptr ? "" : layout->title;
}

constexpr FieldForm kNumber = FieldForm::number;
constexpr FieldLayout kType = {"type", 0, 1, kNumber, structure_type};
constexpr FieldLayout kLength = {"length", 1, 1};

// ACPI §5.2.12, table 5-45.
constexpr FieldLayout kBody[] = {{"local_apic_address", 36, 4},
                                 {"flags", 40, 4, kNumber, madt_flags}};
// §5.2.12.2.
constexpr FieldLayout kLocalApic[] = {
    kType, kLength, {"uid", 2, 1}, {"apic_id", 3, 1}, {"flags", 4, 4, kNumber, cpu_flags}};
// §5.2.12.3.
constexpr FieldLayout kIoApic[] = {
    kType, kLength, {"id", 2, 1}, {"reserved", 3, 1}, {"address", 4, 4}, {"gsi_base", 8, 4}};
// §5.2.12.5.
constexpr FieldLayout kOverride[] = {kType,
                                     kLength,
                                     {"bus", 2, 1, kNumber, bus_name},
                                     {"source", 3, 1},
                                     {"gsi", 4, 4},
                                     {"flags", 8, 2, kNumber, inti_flags}};
// §5.2.12.6.
constexpr FieldLayout kNmiSource[] = {
    kType, kLength, {"flags", 2, 2, kNumber, inti_flags}, {"gsi", 4, 4}};
// §5.2.12.7.
constexpr FieldLayout kLocalNmi[] = {kType,
                                     kLength,
                                     {"uid", 2, 1, kNumber, uid8},
                                     {"flags", 3, 2, kNumber, inti_flags},
                                     {"lint", 5, 1, kNumber, lint_meaning}};
// §5.2.12.8.
constexpr FieldLayout kAddress[] = {kType, kLength, {"reserved", 2, 2}, {"address", 4, 8}};
// §5.2.12.9.
constexpr FieldLayout kIoSapic[] = {
    kType, kLength, {"id", 2, 1}, {"reserved", 3, 1}, {"gsi_base", 4, 4}, {"address", 8, 8}};
// §5.2.12.10.
constexpr FieldLayout kLocalSapic[] = {kType,
                                       kLength,
                                       {"uid", 2, 1},
                                       {"id", 3, 1},
                                       {"eid", 4, 1},
                                       {"reserved", 5, 3, FieldForm::bytes},
                                       {"flags", 8, 4, kNumber, cpu_flags},
                                       {"uid_value", 12, 4},
                                       {"uid_text", 16, 0, FieldForm::text}};
// §5.2.12.11.
constexpr FieldLayout kPlatform[] = {kType,
                                     kLength,
                                     {"flags", 2, 2, kNumber, inti_flags},
                                     {"interrupt_type", 4, 1, kNumber, platform_type},
                                     {"processor_id", 5, 1},
                                     {"processor_eid", 6, 1},
                                     {"io_sapic_vector", 7, 1},
                                     {"gsi", 8, 4},
                                     {"platform_flags", 12, 4}};
// §5.2.12.12.
constexpr FieldLayout kX2apic[] = {kType,
                                   kLength,
                                   {"reserved", 2, 2},
                                   {"apic_id", 4, 4},
                                   {"flags", 8, 4, kNumber, cpu_flags},
                                   {"uid", 12, 4}};
// §5.2.12.13.
constexpr FieldLayout kX2apicNmi[] = {kType,
                                      kLength,
                                      {"flags", 2, 2, kNumber, inti_flags},
                                      {"uid", 4, 4, kNumber, uid32},
                                      {"lint", 8, 1, kNumber, lint_meaning},
                                      {"reserved", 9, 3, FieldForm::bytes}};
// ACPI 6.4 §5.2.12.19.
constexpr FieldLayout kWakeUp[] = {
    kType, kLength, {"mailbox_version", 2, 2}, {"reserved", 4, 4}, {"mailbox_address", 8, 8}};

constexpr StructureLayout kStructures[] = {
    {madt_local_apic, "LAPIC", "local APIC", "ACPI §5.2.12.2", 8, kLocalApic},
    {madt_io_apic, "IOAPIC", "I/O APIC", "ACPI §5.2.12.3", 12, kIoApic},
    {madt_override, "INT_SRC_OVR", "interrupt source override", "ACPI §5.2.12.5", 10, kOverride},
    {madt_nmi_source, "NMI_SRC", "NMI source", "ACPI §5.2.12.6", 8, kNmiSource},
    {madt_local_nmi, "LAPIC_NMI", "local APIC NMI", "ACPI §5.2.12.7", 6, kLocalNmi},
    {madt_address, "LAPIC_ADDR_OVR", "local APIC address override", "ACPI §5.2.12.8", 12, kAddress},
    {madt_io_sapic, "IOSAPIC", "I/O SAPIC", "ACPI §5.2.12.9", 16, kIoSapic},
    {madt_local_sapic, "LSAPIC", "local SAPIC", "ACPI §5.2.12.10", 16, kLocalSapic},
    {madt_platform, "PLAT_INT_SRC", "platform interrupt source", "ACPI §5.2.12.11", 16, kPlatform},
    {madt_x2apic, "X2APIC", "local x2APIC", "ACPI §5.2.12.12", 16, kX2apic},
    {madt_x2apic_nmi, "X2APIC_NMI", "local x2APIC NMI", "ACPI §5.2.12.13", 12, kX2apicNmi},
    {madt_wake_up, "MP_WAKEUP", "multiprocessor wakeup", "ACPI §5.2.12.19", 16, kWakeUp}};

}  // namespace

const TableLayout madt_layout = {
    "APIC", "multiple APIC description", "ACPI §5.2.12", kBody, {44, 1, kStructures}};

}  // namespace apicsim
