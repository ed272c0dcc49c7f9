#include <fmt/format.h>

#include <stdexcept>

#include "models/iommu/vtd_registers.h"
#include "sim/scenario/machine_parts.h"
#include "sim/scenario/pci_location.h"
#include "sim/scenario/toml_take.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kPage = 0x1000;

constexpr const char* kForms =
    "allowed: \"bb:dd.f\", \"bb:dd.f-f\" (functions of a device), \"bb:dd\" (all of them), "
    "\"bus bb\", \"buses bb-bb\", all in hexadecimal";

std::optional<unsigned> parse_hex(const std::string& text, unsigned max) {
  if (text.empty() || text.size() > 2 ||
      text.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
    return std::nullopt;
  const auto value = static_cast<unsigned>(std::stoul(text, nullptr, 16));
  return value <= max ? std::optional<unsigned>(value) : std::nullopt;
}

std::optional<RequesterRange> range_of(std::optional<unsigned> first,
                                       std::optional<unsigned> last) {
  if (!first || !last || *first > *last) return std::nullopt;
  return RequesterRange{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

/// "bb" or "bb-bb".
std::optional<RequesterRange> parse_buses(const std::string& text) {
  const std::size_t dash = text.find('-');
  const auto first = parse_hex(text.substr(0, dash), 0xFF);
  const auto last = dash == std::string::npos ? first : parse_hex(text.substr(dash + 1), 0xFF);
  if (!first || !last) return std::nullopt;
  return range_of(*first << 8, *last << 8 | 0xFF);
}

/// "bb:dd", "bb:dd.f" or "bb:dd.f-f".
std::optional<RequesterRange> parse_functions(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const std::size_t dot = text.find('.', colon);
  const auto bus = parse_hex(text.substr(0, colon), 0xFF);
  const std::size_t length = dot == std::string::npos ? dot : dot - colon - 1;
  const auto device = parse_hex(text.substr(colon + 1, length), 0x1F);
  if (!bus || !device) return std::nullopt;
  const unsigned base = *bus << 8 | *device << 3;
  if (dot == std::string::npos) return range_of(base, base | 7);
  const std::size_t dash = text.find('-', dot);
  const std::size_t digits = dash == std::string::npos ? dash : dash - dot - 1;
  const auto first = parse_hex(text.substr(dot + 1, digits), 7);
  const auto last = dash == std::string::npos ? first : parse_hex(text.substr(dash + 1), 7);
  if (!first || !last) return std::nullopt;
  return range_of(base | *first, base | *last);
}

std::optional<RequesterRange> parse_range(const std::string& text) {
  for (const char* word : {"buses ", "bus "})
    if (text.rfind(word, 0) == 0) return parse_buses(text.substr(std::string(word).size()));
  return parse_functions(text);
}

/// Every field of a capability word by its name, on top of the whole word.
template <typename Word>
std::uint64_t take_fields(TomlTable& table, std::uint64_t value,
                          vtd::CapabilityFields<Word> fields) {
  Word word = Word::decode(value);
  for (const vtd::CapabilityField<Word>& field : fields) {
    if (!table.has(field.key)) continue;
    if (field.flag != nullptr)
      field.put(word, *table.flag(field.key) ? 1 : 0);
    else
      field.put(word, *table.number(field.key, 0, field.max()));
  }
  return word.encode();
}

void take_capabilities(TomlTable& table, VtdUnitDevice& unit) {
  take(table, "version", unit.version, 0, 0xFF);
  unit.cap = take_fields(table, table.need_number("cap"), vtd::capability_fields());
  unit.ecap = take_fields(table, table.need_number("ecap"), vtd::extended_capability_fields());
}

/// CAP and ECAP place registers; not on top of others.
void check_registers(const TomlTable& table, const VtdUnitDevice& unit) {
  try {
    VtdRegisters("registers", vtd::Capability::decode(unit.cap),
                 vtd::ExtendedCapability::decode(unit.ecap), 0);
  } catch (const std::invalid_argument& wrong) {
    table.fail(wrong.what());
  }
}

/// `rest`: all that no other unit is wired to, which is also what a unit without any of these keys
/// has.
void take_wiring(TomlTable& table, VtdUnitDevice& unit) {
  for (const std::string& text : table.texts("devices")) {
    const auto range = parse_range(text);
    if (!range) table.fail("devices", fmt::format("'{}' names no requesters; {}", text, kForms));
    unit.devices.push_back(*range);
  }
  unit.buses = !table.has("devices") || table.has("first_bus") || table.has("last_bus");
  take(table, "rest", unit.buses);
  take(table, "first_bus", unit.first_bus, 0, 0xFF);
  take(table, "last_bus", unit.last_bus, unit.first_bus, 0xFF);
}

void take_caches(TomlTable& table, VtdUnitDevice& unit) {
  constexpr std::uint64_t most = 1 << 20;
  take(table, "interrupt_entries", unit.interrupt_entries, 0, most);
  take(table, "context_entries", unit.context_entries, 0, most);
  take(table, "pasid_entries", unit.pasid_entries, 0, most);
  take(table, "iotlb_entries", unit.iotlb_entries, 0, most);
  take(table, "table_entries", unit.table_entries, 0, most);
}

VtdUnitDevice read_unit(TomlTable& table) {
  VtdUnitDevice unit;
  unit.address = table.need_number("address", kPage);
  if (unit.address % kPage != 0)
    table.fail("address", fmt::format("{:#x} is not the address of a page", unit.address));
  take(table, "segment", unit.segment, 0, 0xFFFF);
  take_capabilities(table, unit);
  check_registers(table, unit);
  take_wiring(table, unit);
  unit.requester_id = take_requester(table, "requester", unit.requester_id);
  take(table, "snoops", unit.snoops);
  take(table, "verify_io_apics", unit.verify_io_apics);
  take(table, "host_address_width", unit.host_address_width, 30, 52);
  take_caches(table, unit);
  return unit;
}

}  // namespace

void read_vtd_units(TomlTable& devices, BoardDevices& board) {
  for (const char* key : {"vtd", "iommu"})
    for (TomlTable& table : devices.tables(key)) board.vtd_units.push_back(read_unit(table));
}

}  // namespace apicsim
