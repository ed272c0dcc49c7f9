#include "models/firmware/dump_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "models/firmware/acpi_header.h"
#include "models/firmware/firmware_error.h"

namespace apicsim {

Bytes read_table_dump(const std::string& path, const std::string& signature) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw FirmwareError(fmt::format("{}: cannot be read", path));
  const Bytes bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad()) throw FirmwareError(fmt::format("{}: cannot be read", path));
  try {
    check_table(bytes);
  } catch (const FirmwareError& error) {
    throw FirmwareError(fmt::format("{}: {}", path, error.what()));
  }
  if (!signature.empty() && table_signature(bytes) != signature) {
    throw FirmwareError(
        fmt::format("{}: is a table '{}', not '{}'", path, table_signature(bytes), signature));
  }
  return bytes;
}

void replace_table(std::vector<AcpiTable>& tables, const Bytes& dump) {
  AcpiTable table;
  table.signature = table_signature(dump);
  table.header = parse_header(dump);
  table.body = RawBody{dump, true};
  const auto old = std::find_if(tables.begin(), tables.end(), [&](const AcpiTable& other) {
    return other.signature == table.signature;
  });
  if (old == tables.end()) {
    tables.push_back(table);
    return;
  }
  table.address = old->address;
  *old = table;
}

}  // namespace apicsim
