#include <fmt/format.h>

#include <filesystem>
#include <regex>

#include "models/devices/spec/nic_82574.h"
#include "sim/scenario/machine_parts.h"
#include "sim/scenario/toml_take.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20;
constexpr std::uint64_t kBlock = 512;
constexpr std::uint32_t kLongestAccess = 4096;
constexpr std::uint32_t kHeartbeat = 4;

/// A BAR of a model: which of the six, its size, and whether it is of ports.
struct ModelBar {
  unsigned index;
  std::uint64_t size;
  bool io;
};

/// What a model is to software unless the description says otherwise.
struct DmaModel {
  const char* name;
  std::uint32_t vendor_id, device_id, class_code, subsystem_vendor_id, subsystem_id;
  std::uint32_t irq_pin;
  std::vector<ModelBar> bars;
};

const std::vector<DmaModel>& models() {
  static const std::vector<DmaModel> all = {
      {"nic",
       nic::vendor_id,
       nic::device_id,
       nic::class_code,
       nic::vendor_id,
       0,
       1,
       {{nic::register_bar, nic::register_bar_size, false},
        {nic::port_bar, nic::port_bar_size, true},
        {nic::msix_bar, nic::msix_bar_size, false}}},
      {"nvme", 0x1B36, 0x0010, 0x010802, 0x1AF4, 0x1100, 1, {{0, 0x4000, false}}},
      {"management", 0x103C, 0x3307, 0x088000, 0x103C, 0x3381, 1, {}},
      {"agent", 0x1234, 0x11ED, 0x00FF00, 0, 0, 1, {{0, 0x2000, false}, {1, 0x1000, false}}},
      {"offload", 0x1234, 0x11EE, 0x120000, 0, 0, 1, {{0, 0x1000, false}, {1, 0x1000, false}}},
  };
  return all;
}

const DmaModel* find_model(const std::string& name) {
  for (const DmaModel& model : models())
    if (model.name == name) return &model;
  return nullptr;
}

void read_bars(TomlTable& table, const DmaModel& model, DmaFunctionDevice& dma) {
  for (const ModelBar& bar : model.bars) {
    const std::string key = fmt::format("bar{}", bar.index);
    std::uint64_t& address = dma.bars[bar.index];
    take(table, key, address, 0, bar.io ? 0xFFFF : 0xFFFFFFFF);
    if (address % bar.size != 0)
      table.fail(key, fmt::format("{:#x} is not a multiple of its size {:#x}", address, bar.size));
  }
}

std::array<std::uint8_t, 6> parse_mac(const TomlTable& table, const std::string& text) {
  static const std::regex form("([0-9A-Fa-f]{2})(:[0-9A-Fa-f]{2}){5}");
  if (!std::regex_match(text, form))
    table.fail("mac", fmt::format("'{}' is not a MAC address; allowed: six pairs of hexadecimal "
                                  "digits, as \"52:54:00:12:34:56\"",
                                  text));
  std::array<std::uint8_t, 6> mac{};
  for (std::size_t i = 0; i < mac.size(); ++i)
    mac[i] = static_cast<std::uint8_t>(std::stoul(text.substr(3 * i, 2), nullptr, 16));
  return mac;
}

std::optional<std::uint32_t> take_function(TomlTable& table, const std::string& key) {
  if (!table.has(key)) return std::nullopt;
  return need_pci_location(table, key).requester_id();
}

void read_nic(TomlTable& table, DmaFunctionDevice& dma) {
  if (const auto mac = table.text("mac")) dma.mac = parse_mac(table, *mac);
  if ((dma.mac[0] & 1) != 0) table.fail("mac", "is a group address");
  dma.peer = take_function(table, "peer");
}

void read_storage(TomlTable& table, DmaFunctionDevice& dma) {
  if (const auto image = table.text("image")) {
    const Place place = table.place("image");
    dma.image = (std::filesystem::path(place.source).parent_path() / *image).string();
    std::error_code error;
    dma.size = std::filesystem::file_size(dma.image, error);
    if (error) table.fail("image", fmt::format("'{}' cannot be read", dma.image));
  }
  if (const auto size = table.size("size", kBlock, 1024 * kMegabyte)) dma.size = *size;
  if (dma.size == 0) dma.size = 16 * kMegabyte;
  dma.size = (dma.size + kBlock - 1) / kBlock * kBlock;
  dma.alias = take_function(table, "dma_alias");
}

AutonomousAccessDevice read_access(TomlTable& table) {
  using Kind = AutonomousAccessDevice::Kind;
  AutonomousAccessDevice access;
  access.kind = table.need_choice<Kind>(
      "kind", {{"read", Kind::read}, {"write", Kind::write}, {"heartbeat", Kind::heartbeat}});
  access.address = table.need_number("address");
  if (access.kind == Kind::heartbeat)
    access.length = kHeartbeat;
  else
    take(table, "length", access.length, 1, kLongestAccess);
  access.first_ps = table.duration("first").value_or(0);
  access.period_ps = table.duration("period").value_or(0);
  take(table, "count", access.count);
  if (table.has("period") && access.period_ps == 0) table.fail("period", "is zero");
  return access;
}

void read_management(TomlTable& table, DmaFunctionDevice& dma) {
  dma.bus_master = true;
  for (TomlTable& access : table.tables("access")) dma.accesses.push_back(read_access(access));
}

}  // namespace

std::vector<std::string> dma_function_models() {
  std::vector<std::string> names;
  for (const DmaModel& model : models()) names.emplace_back(model.name);
  return names;
}

bool preset_dma_function(PciFunctionDevice& function) {
  const DmaModel* const model = find_model(function.model);
  if (model == nullptr) return false;
  function.vendor_id = model->vendor_id;
  function.device_id = model->device_id;
  function.class_code = model->class_code;
  function.subsystem_vendor_id = model->subsystem_vendor_id;
  function.subsystem_id = model->subsystem_id;
  function.irq_pin = model->irq_pin;
  return true;
}

void read_dma_function(TomlTable& table, PciFunctionDevice& function) {
  DmaFunctionDevice& dma = function.dma;
  read_bars(table, *find_model(function.model), dma);
  if (function.model == "nic") read_nic(table, dma);
  if (function.model == "nvme") read_storage(table, dma);
  if (function.model == "management") read_management(table, dma);
  take(table, "bus_master", dma.bus_master);
}

}  // namespace apicsim
