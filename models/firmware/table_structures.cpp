#include "models/firmware/table_structures.h"

#include "models/firmware/byte_writer.h"
#include "models/firmware/spec/acpi_layout.h"

namespace apicsim {

std::optional<StructureForm> structure_form(const std::string& signature) {
  if (signature == "DMAR") return StructureForm{acpi_layout::dmar_body_offset, 2};
  if (signature == "APIC") return StructureForm{acpi_layout::madt_body_offset, 1};
  if (signature == "SRAT") return StructureForm{acpi_layout::srat_body_offset, 1};
  return std::nullopt;
}

TableStructures split_structures(const StructureForm& form, const Bytes& body) {
  ByteReader in(body);
  TableStructures parts;
  parts.fixed = in.bytes(form.fixed);
  while (in.left() >= form.header()) {
    ByteReader ahead = in;
    ahead.get(form.width);
    const std::size_t length = ahead.get(form.width);
    if (length < form.header() || length > in.left()) break;
    parts.structures.push_back(in.bytes(length));
  }
  parts.rest = in.bytes(in.left());
  return parts;
}

Bytes join_structures(const TableStructures& parts) {
  ByteWriter out;
  out.bytes(parts.fixed);
  for (const Bytes& structure : parts.structures) out.bytes(structure);
  out.bytes(parts.rest);
  return out.take();
}

}  // namespace apicsim
