#include "models/firmware/acpidump.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "models/firmware/dumped_table_check.h"
#include "models/firmware/firmware_error.h"

namespace apicsim {

namespace {

constexpr std::size_t kBytesPerLine = 16;
constexpr std::size_t kLargestFile = std::size_t{64} << 20;
constexpr std::size_t kLargestTable = std::size_t{16} << 20;

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// All of `text` as a hexadecimal number of 1 to 16 digits.
std::optional<std::uint64_t> parse_hex(const std::string& text) {
  if (text.empty() || text.size() > 16) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (digit(c) < 0) return std::nullopt;
    value = value << 4 | static_cast<std::uint64_t>(digit(c));
  }
  return value;
}

std::string printable(const std::string& text) {
  std::string shown = text.substr(0, 40);
  for (char& c : shown)
    if (c < ' ' || c > '~') c = '?';
  return shown;
}

/// Reads a dump line by line; `m_tables.back()` is the table whose bytes come.
class Parser {
 public:
  Parser(std::string source, ChecksumRule checksums)
      : m_source(std::move(source)), m_checksums(checksums) {}

  std::vector<DumpedTable> run(const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      std::string line = text.substr(at, end - at);
      if (!line.empty() && line.back() == '\r') line.pop_back();
      ++m_line;
      read_line(line);
      at = end + 1;
    }
    close_table();
    if (m_tables.empty()) fail(0, "holds no table; one begins with a line 'APIC @ 0x75dcc540'");
    return std::move(m_tables);
  }

 private:
  [[noreturn]] void fail(std::uint32_t line, const std::string& what) const {
    throw FirmwareError(line == 0 ? fmt::format("{}: {}", m_source, what)
                                  : fmt::format("{}:{}: {}", m_source, line, what));
  }

  void read_line(const std::string& line) {
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string::npos) return close_table();
    if (line[first] == '#') return;
    if (line.find(" @ ") != std::string::npos && line.find(':') == std::string::npos)
      return open_table(line);
    const std::size_t colon = line.find(':');
    const auto offset = parse_hex(line.substr(first, std::max(colon, first) - first));
    if (colon == std::string::npos || !offset)
      fail(m_line, fmt::format("'{}' is neither a table's header ('APIC @ 0x75dcc540') nor its "
                               "bytes ('0000: 41 50')",
                               printable(line)));
    read_bytes(*offset, line, colon + 1);
  }

  void open_table(const std::string& line) {
    close_table();
    const std::size_t at = line.find(" @ ");
    DumpedTable table;
    table.signature = line.substr(0, at);
    table.line = m_line;
    if (table.signature == "RSD PTR") table.signature += ' ';
    if (table.signature.size() != 4 && table.signature != "RSD PTR ")
      fail(m_line, fmt::format("'{}' is no table signature: it has four characters",
                               printable(table.signature)));
    const std::string address = line.substr(at + 3);
    const bool prefixed = address.rfind("0x", 0) == 0 || address.rfind("0X", 0) == 0;
    const auto value = prefixed ? parse_hex(address.substr(2)) : std::nullopt;
    if (!value)
      fail(m_line, fmt::format("'{}' is no address; allowed: 0x and up to 16 hexadecimal digits",
                               printable(address)));
    table.address = *value;
    m_tables.push_back(std::move(table));
    m_open = true;
  }

  void read_bytes(std::uint64_t offset, const std::string& line, std::size_t at) {
    if (!m_open)
      fail(m_line, "bytes outside of a table; one begins with a line 'APIC @ 0x75dcc540'");
    Bytes& bytes = m_tables.back().bytes;
    if (offset != bytes.size())
      fail(m_line,
           fmt::format("bytes of offset {:#x} where those of {:#x} are due", offset, bytes.size()));
    std::size_t count = 0;
    for (; count < kBytesPerLine; ++count, at += 3) {
      // Two blanks, or the end, stand before the characters of a line that is not full.
      if (at >= line.size() || line.compare(at, 2, "  ") == 0 || line.substr(at) == " ") break;
      if (line[at] != ' ' || at + 2 >= line.size() || digit(line[at + 1]) < 0 ||
          digit(line[at + 2]) < 0)
        fail(m_line, fmt::format("'{}' is no byte; allowed: two hexadecimal digits after a blank",
                                 printable(line.substr(at, 3))));
      bytes.push_back(static_cast<std::uint8_t>(digit(line[at + 1]) << 4 | digit(line[at + 2])));
    }
    if (count == 0) fail(m_line, "holds no bytes");
    if (bytes.size() > kLargestTable)
      fail(m_tables.back().line, fmt::format("table '{}' has more than {} bytes",
                                             m_tables.back().signature, kLargestTable));
  }

  void close_table() {
    if (!m_open) return;
    m_open = false;
    const DumpedTable& table = m_tables.back();
    try {
      check_dumped_table(table, m_checksums);
      check_not_doubled(m_tables);
    } catch (const FirmwareError& error) {
      fail(table.line, error.what());
    }
  }

  std::string m_source;
  ChecksumRule m_checksums;
  std::vector<DumpedTable> m_tables;
  std::uint32_t m_line = 0;
  bool m_open = false;
};

/// A binary table begins with its signature and its length; text has a blank in that place.
bool is_binary(const std::string& contents) {
  return std::any_of(contents.begin(),
                     contents.begin() + std::min<std::size_t>(contents.size(), 64),
                     [](char c) { return c == '\0'; });
}

std::vector<DumpedTable> single_table(const std::string& contents, const std::string& path,
                                      ChecksumRule checksums) {
  DumpedTable table;
  table.bytes.assign(contents.begin(), contents.end());
  const bool root_pointer = contents.rfind("RSD PTR ", 0) == 0;
  table.signature = contents.substr(0, root_pointer ? 8 : 4);
  try {
    check_dumped_table(table, checksums);
  } catch (const FirmwareError& error) {
    throw FirmwareError(path + ": " + error.what());
  }
  return {table};
}

}  // namespace

std::vector<DumpedTable> parse_acpidump(const std::string& text, const std::string& source,
                                        ChecksumRule checksums) {
  return Parser(source, checksums).run(text);
}

std::vector<DumpedTable> read_acpidump(const std::string& path, ChecksumRule checksums) {
  std::error_code error;
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path, error))
    throw FirmwareError(path + ": cannot be read");
  std::string contents;
  char buffer[65536];
  while (file.read(buffer, sizeof buffer), file.gcount() > 0) {
    contents.append(buffer, static_cast<std::size_t>(file.gcount()));
    if (contents.size() > kLargestFile)
      throw FirmwareError(fmt::format("{}: is larger than {} MiB", path, kLargestFile >> 20));
  }
  return is_binary(contents) ? single_table(contents, path, checksums)
                             : parse_acpidump(contents, path, checksums);
}

}  // namespace apicsim
