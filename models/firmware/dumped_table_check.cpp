#include "models/firmware/dumped_table_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/firmware/acpi_header.h"
#include "models/firmware/firmware_error.h"
#include "models/firmware/spec/acpi_layout.h"

namespace apicsim {

namespace {

using namespace acpi_layout;

const std::string kRootPointer = "RSD PTR ";

std::uint32_t word_at(const Bytes& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value |= std::uint32_t{bytes[at + i]} << (8 * i);
  return value;
}

/// Bytes that the table says it has.
std::size_t stated_size(const DumpedTable& table) {
  if (table.signature != kRootPointer) return word_at(table.bytes, length_offset);
  return table.bytes[rsdp_revision_offset] >= 2 && table.bytes.size() > rsdp_length_offset + 3
             ? word_at(table.bytes, rsdp_length_offset)
             : rsdp_size_v1;
}

std::size_t smallest_size(const DumpedTable& table) {
  if (table.signature == kRootPointer) return rsdp_size_v1;
  return table.signature == "FACS" ? facs_size : header_size;
}

bool has_right_checksum(const DumpedTable& table) {
  if (table.signature == "FACS") return true;
  if (byte_sum(table.bytes) == 0) return true;
  // Before ACPI 2.0 the pointer has one checksum, of its first 20 bytes.
  return table.signature == kRootPointer && table.bytes[rsdp_revision_offset] < 2 &&
         byte_sum(Bytes(table.bytes.begin(), table.bytes.begin() + rsdp_size_v1)) == 0;
}

/// ACPI §5.2: one of each in a system.
bool is_single(const std::string& signature) {
  static const char* const names[] = {"RSD PTR ", "RSDT", "XSDT", "FACP", "FACS", "DSDT",
                                      "APIC",     "DMAR", "SRAT", "SLIT", "MCFG", "HPET",
                                      "SPCR",     "ECDT", "WAET", "IVRS"};
  return std::find(std::begin(names), std::end(names), signature) != std::end(names);
}

}  // namespace

void check_dumped_table(const DumpedTable& table, ChecksumRule checksums) {
  const std::size_t size = table.bytes.size();
  if (size < smallest_size(table))
    throw FirmwareError(fmt::format("table '{}' has {} bytes, too few for its header of {}",
                                    table.signature, size, smallest_size(table)));
  const std::string begins(table.bytes.begin(),
                           table.bytes.begin() + static_cast<long>(table.signature.size()));
  const bool known =
      std::all_of(begins.begin(), begins.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (begins != table.signature || !known)
    throw FirmwareError(fmt::format("the bytes of table '{}' do not begin with its signature",
                                    known ? table.signature : "?"));
  const std::size_t stated = stated_size(table);
  if (stated > size)
    throw FirmwareError(
        fmt::format("table '{}' ends after {} of the {} bytes that its length "
                    "field says; the dump is cut off, or the field is damaged",
                    table.signature, size, stated));
  if (stated < size)
    throw FirmwareError(fmt::format("table '{}' has {} bytes, its length field says {}",
                                    table.signature, size, stated));
  if (checksums == ChecksumRule::must_be_right && !has_right_checksum(table))
    throw FirmwareError(
        fmt::format("table '{}' has a wrong checksum (its bytes add up to {:#x}, "
                    "not 0): the dump is damaged, or that firmware is",
                    table.signature, byte_sum(table.bytes)));
}

void check_not_doubled(const std::vector<DumpedTable>& tables) {
  const DumpedTable& last = tables.back();
  for (const DumpedTable& other : tables) {
    if (&other == &last || other.signature != last.signature) continue;
    if (is_single(last.signature) || (last.address == other.address && last.bytes == other.bytes))
      throw FirmwareError(fmt::format("table '{}' is there twice; the first is in line {}",
                                      last.signature, other.line));
  }
}

}  // namespace apicsim
