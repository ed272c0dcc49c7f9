#include "sim/firmware_check/layout_fixed.h"

#include <array>

#include "models/firmware/spec/fadt_fields.h"
#include "sim/firmware_check/meaning.h"

namespace apicsim {

namespace {

constexpr FieldForm kNumber = FieldForm::number;
constexpr FieldForm kText = FieldForm::text;
constexpr FieldForm kAddress = FieldForm::address;

// ACPI §5.2.6.
constexpr FieldLayout kHeader[] = {{"signature", 0, 4, kText}, {"length", 4, 4},
                                   {"revision", 8, 1},         {"checksum", 9, 1},
                                   {"oem_id", 10, 6, kText},   {"oem_table_id", 16, 8, kText},
                                   {"oem_revision", 24, 4},    {"creator_id", 28, 4, kText},
                                   {"creator_revision", 32, 4}};

std::string feature_flags(std::uint64_t value) {
  return flag_names(value, {"WBINVD",
                            "WBINVD_FLUSH",
                            "PROC_C1",
                            "P_LVL2_UP",
                            "PWR_BUTTON",
                            "SLP_BUTTON",
                            "FIX_RTC",
                            "RTC_S4",
                            "TMR_VAL_EXT",
                            "DCK_CAP",
                            "RESET_REG_SUP",
                            "SEALED_CASE",
                            "HEADLESS",
                            "CPU_SW_SLP",
                            "PCI_EXP_WAK",
                            "USE_PLATFORM_CLOCK",
                            "S4_RTC_STS_VALID",
                            "REMOTE_POWER_ON",
                            "FORCE_APIC_CLUSTER_MODEL",
                            "FORCE_APIC_PHYSICAL_DESTINATION",
                            "HW_REDUCED_ACPI",
                            "LOW_POWER_S0_IDLE"});
}
std::string boot_flags(std::uint64_t value) {
  return flag_names(value, {"LEGACY_DEVICES", "8042", "VGA_NOT_PRESENT", "MSI_NOT_SUPPORTED",
                            "NO_ASPM", "CMOS_RTC_NOT_PRESENT"});
}

/// ACPI §5.2.9, from the one list of the models.
constexpr auto fadt_fields() {
  constexpr std::size_t own = 6;
  std::array<FieldLayout, fadt::fields.size() + fadt::address_fields.size() + own> list{};
  std::size_t at = 0;
  list[at++] = {"facs_address", fadt::facs_offset, 4};
  list[at++] = {"dsdt_address", fadt::dsdt_offset, 4};
  for (const fadt::Field& field : fadt::fields) {
    list[at] = {field.name, field.offset, field.width};
    if (field.offset == 109) list[at].meaning = boot_flags;
    if (field.offset == 112) list[at].meaning = feature_flags;
    ++at;
  }
  list[at++] = {"reserved", 111, 1};
  list[at++] = {"x_facs_address", fadt::x_facs_offset, 8};
  list[at++] = {"x_dsdt_address", fadt::x_dsdt_offset, 8};
  for (const fadt::AddressField& field : fadt::address_fields)
    list[at++] = {field.name, field.offset, 12, kAddress};
  list[at++] = {"hypervisor_vendor", fadt::hypervisor_offset, 8};
  return list;
}
constexpr auto kFadt = fadt_fields();

// IA-PC HPET 1.0a §3.2.4.
constexpr FieldLayout kHpet[] = {{"block_id", 36, 4},
                                 {"block", 40, 12, kAddress},
                                 {"number", 52, 1},
                                 {"minimum_tick", 53, 2},
                                 {"page_protection", 55, 1}};

// PCI Firmware Specification 3.0 §4.1.2.
constexpr FieldLayout kMcfg[] = {{"reserved", 36, 8}};
constexpr FieldLayout kAllocation[] = {{"base", 0, 8},
                                       {"segment", 8, 2},
                                       {"start_bus", 10, 1},
                                       {"end_bus", 11, 1},
                                       {"reserved", 12, 4}};

std::string affinity_flags(std::uint64_t value) {
  return value == 0 ? "disabled" : flag_names(value, {"enabled"});
}
std::string memory_flags(std::uint64_t value) {
  return value == 0 ? "disabled" : flag_names(value, {"enabled", "hot-pluggable", "non-volatile"});
}

constexpr FieldLayout kType = {"type", 0, 1};
constexpr FieldLayout kLength = {"length", 1, 1};
// ACPI §5.2.16.
constexpr FieldLayout kSrat[] = {{"table_revision", 36, 4}, {"reserved", 40, 8}};
constexpr FieldLayout kSratApic[] = {kType,
                                     kLength,
                                     {"proximity_low", 2, 1},
                                     {"apic_id", 3, 1},
                                     {"flags", 4, 4, kNumber, affinity_flags},
                                     {"sapic_eid", 8, 1},
                                     {"proximity_high", 9, 3},
                                     {"clock_domain", 12, 4}};
constexpr FieldLayout kSratMemory[] = {kType,
                                       kLength,
                                       {"proximity_domain", 2, 4},
                                       {"reserved", 6, 2},
                                       {"base", 8, 8},
                                       {"size", 16, 8},
                                       {"reserved2", 24, 4},
                                       {"flags", 28, 4, kNumber, memory_flags},
                                       {"reserved3", 32, 8}};
constexpr FieldLayout kSratX2apic[] = {kType,
                                       kLength,
                                       {"reserved", 2, 2},
                                       {"proximity_domain", 4, 4},
                                       {"apic_id", 8, 4},
                                       {"flags", 12, 4, kNumber, affinity_flags},
                                       {"clock_domain", 16, 4},
                                       {"reserved2", 20, 4}};
constexpr FieldLayout kSratInitiator[] = {kType,
                                          kLength,
                                          {"reserved", 2, 1},
                                          {"handle_type", 3, 1},
                                          {"proximity_domain", 4, 4},
                                          {"handle", 8, 16, FieldForm::bytes},
                                          {"flags", 24, 4, kNumber, affinity_flags},
                                          {"reserved2", 28, 4}};
constexpr StructureLayout kSratStructures[] = {
    {srat_local_apic, "LAPIC", "local APIC affinity", "ACPI §5.2.16.1", 16, kSratApic},
    {srat_memory, "MEMORY", "memory affinity", "ACPI §5.2.16.2", 40, kSratMemory},
    {srat_x2apic, "X2APIC", "local x2APIC affinity", "ACPI §5.2.16.3", 24, kSratX2apic},
    {srat_initiator, "INITIATOR", "generic initiator affinity", "ACPI 6.3 §5.2.16.6", 32,
     kSratInitiator}};

// ACPI §5.2.17.
constexpr FieldLayout kSlit[] = {{"localities", 36, 8}};

// Serial Port Console Redirection table, revision 1 and 2.
constexpr FieldLayout kSpcr[] = {{"interface_type", 36, 1},
                                 {"reserved", 37, 3, FieldForm::bytes},
                                 {"port", 40, 12, kAddress},
                                 {"interrupt_type", 52, 1},
                                 {"irq", 53, 1},
                                 {"gsi", 54, 4},
                                 {"baud_rate", 58, 1},
                                 {"parity", 59, 1},
                                 {"stop_bits", 60, 1},
                                 {"flow_control", 61, 1},
                                 {"terminal_type", 62, 1},
                                 {"language", 63, 1},
                                 {"pci_device_id", 64, 2},
                                 {"pci_vendor_id", 66, 2},
                                 {"pci_bus", 68, 1},
                                 {"pci_device", 69, 1},
                                 {"pci_function", 70, 1},
                                 {"pci_flags", 71, 4},
                                 {"pci_segment", 75, 1},
                                 {"clock_frequency", 76, 4}};

constexpr FieldLayout kEntry32[] = {{"table", 0, 4}};
constexpr FieldLayout kEntry64[] = {{"table", 0, 8}};

// ACPI §5.2.5.3.
constexpr FieldLayout kRsdp[] = {{"signature", 0, 8, kText},
                                 {"checksum", 8, 1},
                                 {"oem_id", 9, 6, kText},
                                 {"revision", 15, 1},
                                 {"rsdt_address", 16, 4},
                                 {"length", 20, 4},
                                 {"xsdt_address", 24, 8},
                                 {"extended_checksum", 32, 1},
                                 {"reserved", 33, 3, FieldForm::bytes}};
// ACPI §5.2.10.
constexpr FieldLayout kFacs[] = {
    {"signature", 0, 4, kText}, {"length", 4, 4},       {"hardware_signature", 8, 4},
    {"waking_vector", 12, 4},   {"global_lock", 16, 4}, {"flags", 20, 4},
    {"x_waking_vector", 24, 8}, {"version", 32, 1},     {"reserved", 33, 3, FieldForm::bytes},
    {"ospm_flags", 36, 4}};

}  // namespace

const FieldList acpi_header_fields = kHeader;
const TableLayout fadt_layout = {
    "FACP", "fixed ACPI description", "ACPI §5.2.9", {kFadt.data(), kFadt.size()}, {}};
const TableLayout hpet_layout = {"HPET", "event timer", "IA-PC HPET 1.0a §3.2.4", kHpet, {}};
const TableLayout mcfg_layout = {"MCFG",
                                 "memory-mapped PCI configuration",
                                 "PCI Firmware 3.0 §4.1.2",
                                 kMcfg,
                                 {44, 0, {}, 16, kAllocation, "allocation"}};
const TableLayout srat_layout = {
    "SRAT", "system resource affinity", "ACPI §5.2.16", kSrat, {48, 1, kSratStructures}};
const TableLayout slit_layout = {"SLIT", "distances between localities", "ACPI §5.2.17", kSlit, {}};
const TableLayout spcr_layout = {"SPCR", "serial console", "SPCR", kSpcr, {}};
const TableLayout rsdt_layout = {
    "RSDT", "root table, 32 bits", "ACPI §5.2.7", {}, {36, 0, {}, 4, kEntry32, "entry"}};
const TableLayout xsdt_layout = {
    "XSDT", "root table, 64 bits", "ACPI §5.2.8", {}, {36, 0, {}, 8, kEntry64, "entry"}};
const TableLayout rsdp_layout = {"RSD PTR ", "root pointer", "ACPI §5.2.5.3", kRsdp, {}, true};
const TableLayout facs_layout = {"FACS", "firmware control structure", "ACPI §5.2.10", kFacs, {},
                                 true};

}  // namespace apicsim
