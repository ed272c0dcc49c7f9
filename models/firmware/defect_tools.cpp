#include "models/firmware/defect_tools.h"

#include <algorithm>

#include "models/firmware/acpi_header.h"
#include "models/firmware/byte_writer.h"
#include "models/firmware/dsdt.h"
#include "models/firmware/dump_file.h"
#include "models/firmware/spec/acpi_layout.h"

namespace apicsim::defect {

namespace {

using namespace acpi_layout;

AcpiTable* find_table(DefectTarget& target, const std::string& signature) {
  auto& tables = target.firmware.tables;
  const auto found = std::find_if(tables.begin(), tables.end(), [&](const AcpiTable& table) {
    return table.signature == signature;
  });
  return found == tables.end() ? nullptr : &*found;
}

Bytes dsdt_bytes(const DsdtTable& dsdt) {
  return dsdt.dump.empty() ? wrap_table("DSDT", dsdt.header, build_dsdt(dsdt.contents)) : dsdt.dump;
}

void put_number(Bytes& bytes, std::size_t at, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width && at + i < bytes.size(); ++i)
    bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

/// A described FADT's pointers are the placement's to fill in; those in use must be seen as such.
Bytes listed_bytes(const AcpiTable& table) {
  AcpiTable copy = table;
  if (auto* fadt = std::get_if<FadtDescription>(&copy.body)) {
    fadt->facs_address = facs_alignment;
    fadt->dsdt_address = facs_alignment;
  }
  return build_table(copy);
}

std::uint32_t stated_length(const Bytes& bytes) {
  if (bytes.size() < length_offset + 4) return 0;
  return static_cast<std::uint32_t>(ByteReader(bytes.data() + length_offset, 4).get(4));
}

void edit(DefectTarget& target, const std::string& signature,
          const std::function<Bytes(const Bytes&)>& change) {
  const Bytes bytes = table_bytes(target, signature);
  if (bytes.size() < header_size)
    throw FirmwareError(fmt::format("table '{}' ends within its header", signature));
  const auto body = bytes.begin() + header_size;
  Bytes changed(bytes.begin(), body);
  const Bytes fresh = change(Bytes(body, bytes.end()));
  changed.insert(changed.end(), fresh.begin(), fresh.end());
  put_repaired(target, signature, std::move(changed));
}

}  // namespace

Bytes table_bytes(const DefectTarget& target, const std::string& signature) {
  if (signature == "DSDT") return dsdt_bytes(target.firmware.dsdt);
  std::string known;
  for (const AcpiTable& table : target.firmware.tables) {
    if (table.signature == signature) return listed_bytes(table);
    known += (known.empty() ? "" : ", ") + table.signature;
  }
  throw FirmwareError(fmt::format("the firmware has no table '{}'; it has {}", signature, known));
}

void put_table(DefectTarget& target, const std::string& signature, Bytes bytes) {
  if (signature == "DSDT") {
    DsdtTable& dsdt = target.firmware.dsdt;
    if (bytes.size() > dsdt_bytes(dsdt).size()) dsdt.address = 0;
    dsdt.dump = std::move(bytes);
    return;
  }
  AcpiTable& table = *find_table(target, signature);
  if (bytes.size() > build_table(table).size()) table.address = 0;
  table.header = parse_header(bytes);
  table.body = RawBody{std::move(bytes), true};
}

void put_repaired(DefectTarget& target, const std::string& signature, Bytes bytes) {
  const Bytes before = table_bytes(target, signature);
  if (stated_length(before) == before.size()) put_number(bytes, length_offset, bytes.size(), 4);
  if (bytes.size() > checksum_offset) {
    const int drift = byte_sum(before) - byte_sum(bytes);
    bytes[checksum_offset] = static_cast<std::uint8_t>(bytes[checksum_offset] + drift);
  }
  put_table(target, signature, std::move(bytes));
}

void edit_body(DefectTarget& target, const std::string& signature,
               const std::function<Bytes(const Bytes& body)>& change) {
  edit(target, signature, change);
}

void edit_dmar(DefectTarget& target, const std::function<void(DmarDescription&)>& change) {
  edit(target, "DMAR", [&](const Bytes& body) {
    DmarDescription dmar = parse_dmar(body);
    change(dmar);
    return build_dmar(dmar);
  });
}

void edit_madt(DefectTarget& target, const std::function<void(MadtDescription&)>& change) {
  edit(target, "APIC", [&](const Bytes& body) {
    MadtDescription madt = parse_madt(body);
    change(madt);
    return build_madt(madt);
  });
}

void edit_srat(DefectTarget& target, const std::function<void(SratDescription&)>& change) {
  edit(target, "SRAT", [&](const Bytes& body) {
    SratDescription srat = parse_srat(body);
    change(srat);
    return build_srat(srat);
  });
}

void edit_structures(DefectTarget& target, const std::string& signature,
                     const std::function<void(TableStructures&)>& change) {
  const auto form = structure_form(signature);
  if (!form)
    throw FirmwareError(
        fmt::format("table '{}' has no list of structures; allowed: DMAR, APIC, SRAT", signature));
  edit(target, signature, [&](const Bytes& body) {
    TableStructures parts = split_structures(*form, body);
    change(parts);
    return join_structures(parts);
  });
}

void check_index(std::uint64_t index, std::size_t count, const std::string& what) {
  if (index < count) return;
  throw FirmwareError(
      count == 0 ? fmt::format("there is no {} in the table", what)
                 : fmt::format("there is no {} {}; the table has 0..{}", what, index, count - 1));
}

DefectParameter unit_parameter(const std::string& otherwise) {
  return {"unit", DefectParameter::Kind::number,
          fmt::format("which DRHD, counted from 0 (default {})", otherwise)};
}

DefectParameter number_parameter(const std::string& name, const std::string& about) {
  return {name, DefectParameter::Kind::number, about};
}

DefectParameter text_parameter(const std::string& name, const std::string& about) {
  return {name, DefectParameter::Kind::text, about};
}

DefectParameter device_parameter(const std::string& name, const std::string& about) {
  return {name, DefectParameter::Kind::device, about};
}

DmarScope scope_of(std::uint64_t requester) {
  DmarScope scope;
  scope.start_bus = static_cast<std::uint8_t>(requester >> 8);
  scope.path = {
      {static_cast<std::uint8_t>(requester >> 3 & 31), static_cast<std::uint8_t>(requester & 7)}};
  return scope;
}

}  // namespace apicsim::defect
