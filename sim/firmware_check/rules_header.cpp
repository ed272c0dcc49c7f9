#include <algorithm>

#include "models/firmware/acpi_header.h"
#include "models/firmware/spec/acpi_layout.h"
#include "sim/firmware_check/rule.h"
#include "sim/firmware_check/smbios_table.h"

namespace apicsim {

namespace {

using namespace acpi_layout;

bool has_header(const DecodedTable& table) {
  return table.signature.size() == 4 && table.signature != "FACS" &&
         !is_smbios_signature(table.signature);
}

std::uint8_t sum_of(const Bytes& bytes, std::size_t at, std::size_t size) {
  std::uint8_t sum = 0;
  for (std::size_t i = at; i < std::min(at + size, bytes.size()); ++i)
    sum = static_cast<std::uint8_t>(sum + bytes[i]);
  return sum;
}

void check_length(const CheckInput& input, Report& report) {
  for (const DecodedTable& table : input.tables.tables) {
    if (!has_header(table)) continue;
    const std::uint64_t stated = table.root.number("length");
    const std::size_t size = table.bytes.size();
    if (stated < header_size)
      report.add(
          table, length_offset,
          fmt::format("length {} is less than the {} bytes of a header", stated, header_size));
    else if (stated != size)
      report.add(table, length_offset,
                 fmt::format("length {} where {} bytes are there", stated, size));
  }
}

void check_sum(const CheckInput& input, Report& report) {
  for (const DecodedTable& table : input.tables.tables) {
    if (!has_header(table) || table.bytes.size() < header_size) continue;
    const auto stated = static_cast<std::size_t>(table.root.number("length"));
    if (stated < header_size || stated > table.bytes.size()) continue;
    const std::uint8_t sum = sum_of(table.bytes, 0, stated);
    if (sum == 0) continue;
    const std::uint8_t is = table.bytes[checksum_offset];
    report.add(table, checksum_offset,
               fmt::format("checksum {:#04x}, should be {:#04x}", is,
                           static_cast<std::uint8_t>(is - sum)));
  }
}

void check_root_pointer(const CheckInput& input, Report& report) {
  for (const DecodedTable& table : input.tables.tables) {
    if (table.signature != "RSD PTR ") continue;
    if (sum_of(table.bytes, 0, rsdp_size_v1) != 0)
      report.add(table, rsdp_checksum_offset, "its first 20 bytes do not add up to 0");
    if (table.root.number("revision") < 2) continue;
    if (table.bytes.size() < rsdp_size_v2)
      report.add(table, rsdp_revision_offset,
                 fmt::format("revision {} has 36 bytes, here are {}", table.root.number("revision"),
                             table.bytes.size()));
    else if (sum_of(table.bytes, 0, rsdp_size_v2) != 0)
      report.add(table, rsdp_extended_checksum_offset, "its 36 bytes do not add up to 0");
  }
}

void check_names(const CheckInput& input, Report& report) {
  for (const DecodedTable& table : input.tables.tables) {
    if (!has_header(table)) continue;
    for (const char* const key : {"oem_id", "oem_table_id", "creator_id"}) {
      const DecodedField* field = table.root.find(key);
      if (field == nullptr) continue;
      const bool bad = std::any_of(field->bytes.begin(), field->bytes.end(),
                                   [](std::uint8_t c) { return c != 0 && (c < ' ' || c > '~'); });
      if (bad)
        report.add(table, field->offset,
                   fmt::format("{} has bytes that are no characters: {:02x}", key,
                               fmt::join(field->bytes, " ")));
    }
  }
}

void check_twice(const CheckInput& input, Report& report) {
  const auto& tables = input.tables.tables;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const std::string& name = tables[i].signature;
    const bool single = has_header(tables[i]) && name != "SSDT" && name != "PSDT" &&
                        name != "UEFI" && name.rfind("OEM", 0) != 0;
    for (std::size_t j = 0; single && j < i; ++j) {
      if (tables[j].signature != name) continue;
      report.add(tables[i], 0, fmt::format("there are two; the first is in {}", tables[j].source));
      break;
    }
  }
}

void check_damage(const CheckInput& input, Report& report) {
  for (const DecodedTable& table : input.tables.tables) {
    // DMAR and MADT have rules of their own for this.
    if (table.signature == "DMAR" || table.signature == "APIC") continue;
    if (!table.root.damage.empty()) report.add(table, 0, table.root.damage);
    for (const DecodedStructure& part : table.root.parts)
      if (!part.damage.empty()) report.add(table, part.offset, part.name + " " + part.damage);
  }
}

void check_smbios(const CheckInput& input, Report& report) {
  for (const DecodedTable& table : input.tables.tables) {
    const bool wide = table.signature == smbios_entry64;
    if (!wide && table.signature != smbios_entry32) continue;
    const auto length = static_cast<std::size_t>(table.root.number("length"));
    if (length > table.bytes.size() || sum_of(table.bytes, 0, length) != 0)
      report.add(table, wide ? 5 : 4, "its bytes do not add up to 0");
    constexpr std::size_t intermediate = 16, intermediate_size = 15;
    if (!wide && sum_of(table.bytes, intermediate, intermediate_size) != 0)
      report.add(table, intermediate + 5, "its intermediate part does not add up to 0");
  }
}

constexpr Rule kRules[] = {
    {"table-length", "ACPI §5.2.6", Severity::error,
     "A table's length field counts all of its bytes.",
     "'ACPI BIOS Error (bug): Table [...] has invalid length' or a table that ends in foreign "
     "bytes",
     check_length},
    {"table-checksum", "ACPI §5.2.6", Severity::error, "All bytes of a table add up to 0.",
     "'ACPI BIOS Warning (bug): Incorrect checksum in table'; Linux uses the table all the same",
     check_sum},
    {"rsdp-checksum", "ACPI §5.2.5.3", Severity::error,
     "The first 20 bytes of the root pointer add up to 0, and from revision 2 on all 36.",
     "the pointer is passed over in the search: no ACPI, unless another one is found",
     check_root_pointer},
    {"table-name", "ACPI §5.2.6", Severity::warning,
     "OEM id, OEM table id and creator id are characters.",
     "none beyond odd characters in the log; tools that look tables up by name may miss it",
     check_names},
    {"table-twice", "ACPI §5.2", Severity::error, "A machine has one table of a kind.",
     "the kernel takes the first one that the root table lists", check_twice},
    {"table-damaged", "ACPI §5.2.6", Severity::error, "The structures of a table fill it exactly.",
     "what lies behind the damaged place is not seen", check_damage},
    {"smbios-checksum", "DSP0134 §5.2", Severity::error,
     "The bytes of an SMBIOS entry point add up to 0.",
     "the entry point is passed over: no vendor and product in the log, and no quirks by their "
     "names",
     check_smbios},
};

}  // namespace

RuleList header_rules() { return kRules; }

}  // namespace apicsim
