#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/firmware/acpi_description.h"

namespace apicsim {

/// The body of a table that consists of structures with a type and a length each, cut at its
/// structures whatever they hold.
struct TableStructures {
  Bytes fixed;                    ///< before the first structure
  std::vector<Bytes> structures;  ///< each as long as it says
  Bytes rest;  ///< from the first structure on that is shorter than its header or passes the end
};

/// How the structures of a table begin: bytes before the first one, width of type and length.
struct StructureForm {
  std::size_t fixed = 0;
  std::size_t width = 1;
  std::size_t header() const { return 2 * width; }
};

/// Of DMAR (VT-d §8.1), MADT (ACPI §5.2.12) and SRAT (ACPI §5.2.16); nothing for other tables.
std::optional<StructureForm> structure_form(const std::string& signature);

/// For bodies of any length.
TableStructures split_structures(const StructureForm& form, const Bytes& body);
Bytes join_structures(const TableStructures& parts);

}  // namespace apicsim
