#include "sim/scenario/pci_location.h"

#include <charconv>

#include "sim/scenario/machine_parts.h"

namespace apicsim {

namespace {

std::optional<std::uint8_t> parse_hex(const std::string& text, unsigned max) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, 16);
  if (text.empty() || error != std::errc() || stop != end || value > max) return std::nullopt;
  return static_cast<std::uint8_t>(value);
}

constexpr const char* kForm = "allowed: bus:device.function in hexadecimal, such as 00:1f.2";

}  // namespace

std::optional<DmarPathStep> parse_path_step(const std::string& text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string::npos) return std::nullopt;
  const auto device = parse_hex(text.substr(0, dot), 0x1F);
  const auto function = parse_hex(text.substr(dot + 1), 7);
  if (!device || !function) return std::nullopt;
  return DmarPathStep{*device, *function};
}

std::optional<PciPath> parse_pci_path(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto bus = parse_hex(text.substr(0, colon), 0xFF);
  if (!bus) return std::nullopt;
  PciPath path;
  path.bus = *bus;
  std::size_t at = colon + 1;
  while (true) {
    const std::size_t slash = text.find('/', at);
    const auto step = parse_path_step(text.substr(at, slash - at));
    if (!step) return std::nullopt;
    path.steps.push_back(*step);
    if (slash == std::string::npos) return path;
    at = slash + 1;
  }
}

PciLocation need_pci_location(TomlTable& table, const std::string& key) {
  const std::string text = table.need_text(key);
  const auto path = parse_pci_path(text);
  if (!path || path->steps.size() != 1) {
    table.fail(key, "'" + text + "' is no PCI function; " + kForm);
  }
  return {path->bus, path->steps[0].device, path->steps[0].function};
}

std::uint32_t take_requester(TomlTable& table, const std::string& key, std::uint32_t otherwise) {
  return table.has(key) ? need_pci_location(table, key).requester_id() : otherwise;
}

}  // namespace apicsim
