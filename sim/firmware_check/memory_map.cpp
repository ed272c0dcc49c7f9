#include "sim/firmware_check/memory_map.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

#include "models/firmware/firmware_error.h"

namespace apicsim {

namespace {

/// The hexadecimal number at `at`, with or without 0x; `at` moves behind it.
std::optional<std::uint64_t> take_hex(const std::string& text, std::size_t& at) {
  if (text.compare(at, 2, "0x") == 0) at += 2;
  std::uint64_t value = 0;
  std::size_t digits = 0;
  for (; at < text.size() && digits <= 16; ++at, ++digits) {
    const auto digit = std::string("0123456789abcdef").find(text[at]);
    if (digit == std::string::npos) break;
    value = value << 4 | digit;
  }
  if (digits == 0 || digits > 16) return std::nullopt;
  return value;
}

/// Names as the kernel prints them (e820_print_type).
std::string type_of(const std::string& text) {
  static const std::pair<const char*, const char*> types[] = {
      {"usable", "ram"},   {"reserved", "reserved"}, {"ACPI data", "acpi"},
      {"ACPI NVS", "nvs"}, {"unusable", "unusable"}, {"persistent", "reserved"},
      {"soft", "reserved"}};
  for (const auto& [printed, type] : types)
    if (text.rfind(printed, 0) == 0) return type;
  return "reserved";
}

std::optional<FirmwareMemoryRange> parse_line(const std::string& line) {
  const std::string mark = "BIOS-e820:";
  std::size_t at = line.find(mark);
  if (at == std::string::npos) return std::nullopt;
  at = line.find_first_not_of(' ', at + mark.size());
  if (at == std::string::npos) return std::nullopt;
  const bool bracket = line.compare(at, 5, "[mem ") == 0;
  if (bracket) at += 5;
  FirmwareMemoryRange range;
  const auto base = take_hex(line, at);
  at = std::min(line.find_first_not_of(" -", at), line.size());
  const auto end = take_hex(line, at);
  if (!base || !end) return std::nullopt;
  // The older form names the byte behind the range.
  range.base = *base;
  range.last = bracket ? *end : *end - 1;
  if (range.last < range.base) return std::nullopt;
  at = line.find_first_not_of("]( ", at);
  range.type = type_of(at == std::string::npos ? "" : line.substr(at));
  return range;
}

bool is_one_of(const std::string& type, const std::string& types) {
  std::istringstream words(types);
  for (std::string word; words >> word;)
    if (word == type) return true;
  return false;
}

}  // namespace

FirmwareMemoryMap parse_memory_map(const std::string& text) {
  FirmwareMemoryMap map;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (const auto range = parse_line(line)) map.push_back(*range);
  std::stable_sort(map.begin(), map.end(),
                   [](const auto& a, const auto& b) { return a.base < b.base; });
  return map;
}

FirmwareMemoryMap read_memory_map(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) throw FirmwareError(path + ": cannot be read");
  FirmwareMemoryMap map = parse_memory_map(text.str());
  if (map.empty())
    throw FirmwareError(path +
                        ": has no line of a memory map; one is 'BIOS-e820: [mem "
                        "0x0000000000000000-0x000000000009fbff] usable'");
  return map;
}

bool is_covered(const FirmwareMemoryMap& map, std::uint64_t base, std::uint64_t last,
                const std::string& types) {
  std::uint64_t at = base;
  for (const FirmwareMemoryRange& range : map) {
    if (!is_one_of(range.type, types) || range.base > at || range.last < at) continue;
    if (range.last >= last) return true;
    at = range.last + 1;
  }
  return false;
}

bool touches(const FirmwareMemoryMap& map, std::uint64_t base, std::uint64_t last,
             const std::string& type) {
  return std::any_of(map.begin(), map.end(), [&](const FirmwareMemoryRange& range) {
    return range.type == type && range.base <= last && base <= range.last;
  });
}

}  // namespace apicsim
