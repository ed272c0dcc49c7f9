#include "models/firmware/dump_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
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

Bytes read_raw_table(const std::string& path) {
  constexpr std::streamsize largest = 16 << 20;
  std::ifstream file(path, std::ios::binary);
  std::error_code error;
  if (!file || std::filesystem::is_directory(path, error))
    throw FirmwareError(path + ": cannot be read");
  Bytes bytes(static_cast<std::size_t>(largest) + 1);
  file.read(reinterpret_cast<char*>(bytes.data()), largest + 1);
  const std::streamsize size = file.gcount();
  if (size == 0 || size > largest)
    throw FirmwareError(fmt::format("{}: {}; allowed: 1 byte to {} MiB", path,
                                    size == 0 ? "is empty" : "is too large", largest >> 20));
  bytes.resize(static_cast<std::size_t>(size));
  return bytes;
}

void replace_table(std::vector<AcpiTable>& tables, const Bytes& dump) {
  replace_table(tables, table_signature(dump), dump);
}

void replace_table(std::vector<AcpiTable>& tables, const std::string& signature,
                   const Bytes& bytes) {
  AcpiTable table;
  table.signature = signature;
  table.header = parse_header(bytes);
  table.body = RawBody{bytes, true};
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
