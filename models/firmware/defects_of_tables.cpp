#include <algorithm>

#include "models/firmware/acpi_header.h"
#include "models/firmware/byte_writer.h"
#include "models/firmware/defect_tools.h"
#include "models/firmware/spec/acpi_layout.h"

/// Defects that every table can have.
namespace apicsim::defect {

namespace {

using namespace acpi_layout;

DefectParameter table_parameter() {
  return text_parameter("table", "signature of the table (default DMAR)");
}

std::string table_of(const DefectArguments& arguments) { return arguments.text("table", "DMAR"); }

void patch(Bytes& bytes, std::size_t at, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width && at + i < bytes.size(); ++i)
    bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

void wrong_checksum(const DefectArguments& arguments, DefectTarget& target) {
  const auto error = static_cast<std::uint8_t>(arguments.number("error", 1));
  if (error == 0) throw FirmwareError("an 'error' of 0 leaves the checksum right");
  FirmwareDescription& firmware = target.firmware;
  const std::string table = table_of(arguments);
  if (table == "RSDP") {
    firmware.rsdp.checksum_error = error;
  } else if (table == "RSDT" || table == "XSDT") {
    RootTableDescription& root = table == "RSDT" ? firmware.rsdt : firmware.xsdt;
    if (!root.present) throw FirmwareError(fmt::format("the firmware has no table '{}'", table));
    root.header.checksum_error = error;
  } else {
    Bytes bytes = table_bytes(target, table);
    if (bytes.size() <= checksum_offset)
      throw FirmwareError(fmt::format("table '{}' ends before its checksum", table));
    bytes[checksum_offset] = static_cast<std::uint8_t>(bytes[checksum_offset] + error);
    put_table(target, table, std::move(bytes));
  }
}

/// The checksum is that of all bytes, so that the length is the only thing that is wrong.
void wrong_length(const DefectArguments& arguments, DefectTarget& target) {
  const std::string table = table_of(arguments);
  Bytes bytes = table_bytes(target, table);
  const std::uint8_t sum = byte_sum(bytes);
  patch(bytes, length_offset, arguments.number("length", bytes.size() + 16), 4);
  if (bytes.size() > checksum_offset)
    bytes[checksum_offset] =
        static_cast<std::uint8_t>(bytes[checksum_offset] + sum - byte_sum(bytes));
  put_table(target, table, std::move(bytes));
}

void truncated(const DefectArguments& arguments, DefectTarget& target) {
  const std::string table = table_of(arguments);
  edit_body(target, table, [&](const Bytes& body) {
    const std::uint64_t lost = arguments.number("bytes", 4);
    if (lost > body.size())
      throw FirmwareError(
          fmt::format("table '{}' has only {} bytes behind its header", table, body.size()));
    return Bytes(body.begin(), body.end() - static_cast<std::ptrdiff_t>(lost));
  });
}

void wrong_signature(const DefectArguments& arguments, DefectTarget& target) {
  const std::string table = table_of(arguments);
  const std::string other = arguments.text("signature", "XXXX");
  if (other.size() != 4) throw FirmwareError("a 'signature' has exactly 4 characters");
  Bytes bytes = table_bytes(target, table);
  for (std::size_t i = 0; i < 4 && i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(other[i]);
  put_repaired(target, table, std::move(bytes));
}

void listed_twice(const DefectArguments& arguments, DefectTarget& target) {
  const std::string table = table_of(arguments);
  AcpiTable copy;
  copy.signature = table;
  copy.body = RawBody{table_bytes(target, table), true};
  if (table == "DSDT") throw FirmwareError("the root table does not list the DSDT");
  copy.header = parse_header(std::get<RawBody>(copy.body).bytes);
  target.firmware.tables.push_back(std::move(copy));
}

void missing(const DefectArguments& arguments, DefectTarget& target) {
  const std::string name = table_of(arguments);
  auto& tables = target.firmware.tables;
  const auto end = std::remove_if(tables.begin(), tables.end(),
                                  [&](const AcpiTable& table) { return table.signature == name; });
  if (end == tables.end()) throw FirmwareError(fmt::format("the firmware has no table '{}'", name));
  tables.erase(end, tables.end());
}

void patched(const DefectArguments& arguments, DefectTarget& target) {
  const std::string table = table_of(arguments);
  const std::uint64_t at = arguments.number("offset", header_size);
  const std::uint64_t width = arguments.number("width", 1);
  Bytes bytes = table_bytes(target, table);
  if (width == 0 || width > 8 || at >= bytes.size() || width > bytes.size() - at)
    throw FirmwareError(
        fmt::format("table '{}' has bytes 0..{}; 'width' is 1 to 8", table, bytes.size() - 1));
  patch(bytes, at, arguments.number("value", 0), width);
  put_repaired(target, table, std::move(bytes));
}

/// The text of a structure that a parameter chooses.
DefectParameter structure_parameter(const std::string& otherwise) {
  return number_parameter("structure",
                          fmt::format("which structure, counted from 0 (default {})", otherwise));
}

std::size_t chosen(const DefectArguments& arguments, const TableStructures& parts,
                   std::size_t otherwise) {
  const std::uint64_t index = arguments.number("structure", otherwise);
  check_index(index, parts.structures.size(), "structure");
  return index;
}

std::size_t last_of(const TableStructures& parts) {
  return parts.structures.empty() ? 0 : parts.structures.size() - 1;
}

/// Width of a structure's type and of its length: 2 in the DMAR, else 1.
std::size_t width_of(const std::string& table) {
  const auto form = structure_form(table);
  return form ? form->width : 1;
}

void set_stated(const DefectArguments& arguments, DefectTarget& target, bool zero) {
  const std::string table = table_of(arguments);
  edit_structures(target, table, [&](TableStructures& parts) {
    Bytes& bytes = parts.structures[chosen(arguments, parts, 0)];
    const std::uint64_t length = zero ? 0 : arguments.number("length", bytes.size() + 4);
    const std::size_t width = width_of(table);
    if (length >> (8 * width) != 0)
      throw FirmwareError(fmt::format("a length of {} does not fit its {} bytes", length, width));
    patch(bytes, width, length, width);
  });
}

void zero_length(const DefectArguments& arguments, DefectTarget& target) {
  set_stated(arguments, target, true);
}

void wrong_structure_length(const DefectArguments& arguments, DefectTarget& target) {
  set_stated(arguments, target, false);
}

void past_end(const DefectArguments& arguments, DefectTarget& target) {
  const std::string table = table_of(arguments);
  edit_structures(target, table, [&](TableStructures& parts) {
    Bytes& bytes = parts.structures[chosen(arguments, parts, last_of(parts))];
    std::size_t behind = parts.rest.size();
    bool after = false;
    for (const Bytes& other : parts.structures) {
      if (after) behind += other.size();
      if (&other == &bytes) after = true;
    }
    const std::size_t width = width_of(table);
    const std::uint64_t length = bytes.size() + behind + arguments.number("by", 1);
    if (length >> (8 * width) != 0)
      throw FirmwareError(fmt::format("a length of {} does not fit its {} bytes", length, width));
    patch(bytes, width, length, width);
  });
}

void short_structure(const DefectArguments& arguments, DefectTarget& target) {
  const std::string table = table_of(arguments);
  edit_structures(target, table, [&](TableStructures& parts) {
    Bytes& bytes = parts.structures[chosen(arguments, parts, 0)];
    const std::size_t width = width_of(table);
    const std::uint64_t length = arguments.number("length", 4 * width);
    if (length < 2 * width || length >= bytes.size())
      throw FirmwareError(
          fmt::format("a structure of {} bytes cannot be cut to {}; allowed: {}..{}", bytes.size(),
                      length, 2 * width, bytes.size() - 1));
    bytes.resize(length);
    patch(bytes, width, length, width);
  });
}

void unknown_type(const DefectArguments& arguments, DefectTarget& target) {
  const std::string table = table_of(arguments);
  edit_structures(target, table, [&](TableStructures& parts) {
    const std::size_t width = width_of(table);
    const std::uint64_t at = arguments.number("structure", parts.structures.size());
    check_index(at, parts.structures.size() + 1, "place for a structure");
    Bytes fresh(16, 0);
    patch(fresh, 0, arguments.number("type", 0x7F), width);
    patch(fresh, width, fresh.size(), width);
    parts.structures.insert(parts.structures.begin() + static_cast<std::ptrdiff_t>(at), fresh);
  });
}

void doubled(const DefectArguments& arguments, DefectTarget& target) {
  edit_structures(target, table_of(arguments), [&](TableStructures& parts) {
    const Bytes copy = parts.structures[chosen(arguments, parts, 0)];
    parts.structures.push_back(copy);
  });
}

void structure_missing(const DefectArguments& arguments, DefectTarget& target) {
  edit_structures(target, table_of(arguments), [&](TableStructures& parts) {
    const std::size_t at = chosen(arguments, parts, last_of(parts));
    parts.structures.erase(parts.structures.begin() + static_cast<std::ptrdiff_t>(at));
  });
}

void no_structures(const DefectArguments& arguments, DefectTarget& target) {
  edit_structures(target, table_of(arguments), [](TableStructures& parts) {
    parts.structures.clear();
    parts.rest.clear();
  });
}

}  // namespace

std::vector<FirmwareDefect> of_any_table() {
  const DefectParameter table = table_parameter();
  return {
      {"table-checksum",
       "the checksum is wrong",
       "",
       {text_parameter("table", "signature, or RSDP, RSDT, XSDT, DSDT (default DMAR)"),
        number_parameter("error", "added to the right checksum (default 1)")},
       wrong_checksum},
      {"table-length",
       "the length field does not say how long the table is",
       "",
       {table, number_parameter("length", "what it says (default 16 bytes too many)")},
       wrong_length},
      {"table-truncated",
       "the last bytes are missing; length field and checksum are those of the rest",
       "",
       {table, number_parameter("bytes", "how many are missing (default 4)")},
       truncated},
      {"table-signature",
       "another signature stands in the header",
       "",
       {table, text_parameter("signature", "the wrong one (default XXXX)")},
       wrong_signature},
      {"table-twice", "the root table lists a second copy", "", {table}, listed_twice},
      {"table-missing", "the root table does not list it", "", {table}, missing},
      {"table-patch",
       "a field holds another value, whatever the table",
       "",
       {table, number_parameter("offset", "of the field in the table (default 36)"),
        number_parameter("width", "of the field in bytes (default 1)"),
        number_parameter("value", "what it holds (default 0)")},
       patched},
  };
}

std::vector<FirmwareDefect> of_structures() {
  const DefectParameter table = text_parameter("table", "DMAR, APIC or SRAT (default DMAR)");
  const DefectParameter first = structure_parameter("0");
  const DefectParameter last = structure_parameter("the last");
  return {
      {"structure-zero-length",
       "a structure says that it has no length",
       "",
       {table, first},
       zero_length},
      {"structure-length",
       "a structure's length is not what its contents take, and the next one is looked for there",
       "",
       {table, first, number_parameter("length", "what it says (default 4 bytes too many)")},
       wrong_structure_length},
      {"structure-past-end",
       "a structure reaches beyond the end of the table",
       "",
       {table, last, number_parameter("by", "bytes beyond the end (default 1)")},
       past_end},
      {"structure-short",
       "a structure ends before its fixed fields do",
       "",
       {table, first,
        number_parameter("length", "of what is left (default 8 in the DMAR, else 4)")},
       short_structure},
      {"structure-unknown",
       "there is a structure of a type that is reserved",
       "",
       {table, structure_parameter("behind the last"),
        number_parameter("type", "its type (default 0x7f)")},
       unknown_type},
      {"structure-twice", "a structure comes again at the end", "", {table, first}, doubled},
      {"structure-missing", "a structure is missing", "", {table, last}, structure_missing},
      {"structure-none", "the table has no structures at all", "", {table}, no_structures},
  };
}

}  // namespace apicsim::defect
