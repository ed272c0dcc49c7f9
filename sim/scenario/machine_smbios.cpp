#include <fmt/format.h>

#include "sim/scenario/machine_parts.h"
#include "sim/scenario/toml_take.h"

namespace apicsim {

namespace {

constexpr std::size_t kLongestText = 64;
constexpr std::uint64_t kMiB = 1 << 20;

void read_bios(TomlTable& smbios, SmbiosBios& bios) {
  TomlTable table = smbios.need_table("bios");
  take_text(table, "vendor", bios.vendor, kLongestText);
  take_text(table, "version", bios.version, kLongestText);
  take_text(table, "date", bios.date, 10);
  take(table, "start_segment", bios.start_segment);
  take(table, "rom_size", bios.rom_size);
  take(table, "major", bios.major);
  take(table, "minor", bios.minor);
  take(table, "characteristics", bios.characteristics);
  take(table, "extension1", bios.extension1);
  take(table, "extension2", bios.extension2);
  take(table, "controller_major", bios.controller_major);
  take(table, "controller_minor", bios.controller_minor);
}

/// Bytes of a field that has up to `most`.
void take_bytes(TomlTable& table, const std::string& key, std::size_t most, Bytes& out) {
  const auto bytes = table.bytes(key);
  if (!bytes) return;
  if (bytes->size() > most) table.fail(key, fmt::format("has at most {} bytes", most));
  out = *bytes;
}

void read_system(TomlTable& smbios, SmbiosSystem& system) {
  TomlTable table = smbios.need_table("system");
  take_text(table, "manufacturer", system.manufacturer, kLongestText);
  take_text(table, "product", system.product, kLongestText);
  take_text(table, "version", system.version, kLongestText);
  take_text(table, "serial", system.serial, kLongestText);
  take_text(table, "sku", system.sku, kLongestText);
  take_text(table, "family", system.family, kLongestText);
  take_bytes(table, "uuid", 16, system.uuid);
  take(table, "wake_up", system.wake_up);
}

void read_baseboard(TomlTable& smbios, SmbiosBaseboard& board) {
  auto table = smbios.table("baseboard");
  if (!table) return;
  board.present = true;
  take_text(*table, "manufacturer", board.manufacturer, kLongestText);
  take_text(*table, "product", board.product, kLongestText);
  take_text(*table, "version", board.version, kLongestText);
  take_text(*table, "serial", board.serial, kLongestText);
  take_text(*table, "asset", board.asset, kLongestText);
  take_text(*table, "location", board.location, kLongestText);
  take(*table, "features", board.features);
  take(*table, "type", board.type);
}

void read_chassis(TomlTable& smbios, SmbiosChassis& chassis) {
  auto table = smbios.table("chassis");
  if (!table) return;
  take_text(*table, "manufacturer", chassis.manufacturer, kLongestText);
  take_text(*table, "version", chassis.version, kLongestText);
  take_text(*table, "serial", chassis.serial, kLongestText);
  take(*table, "type", chassis.type);
  take_text(*table, "asset", chassis.asset, kLongestText);
  take(*table, "boot_state", chassis.boot_state);
  take(*table, "power_state", chassis.power_state);
  take(*table, "thermal_state", chassis.thermal_state);
  take(*table, "security", chassis.security);
  take(*table, "oem", chassis.oem);
  take(*table, "height", chassis.height);
  take(*table, "power_cords", chassis.power_cords);
}

std::uint32_t feature_word(const MachineCpuModel& cpu) {
  for (const MachineCpuidLeaf& row : cpu.cpuid) {
    if (row.leaf == 1) return row.edx;
  }
  return 0;
}

std::uint32_t signature_word(const MachineCpuModel& cpu) {
  for (const MachineCpuidLeaf& row : cpu.cpuid) {
    if (row.leaf == 1) return row.eax;
  }
  return 0;
}

void add_processors(const Machine& machine, const std::string& prefix, SmbiosDescription& smbios) {
  constexpr std::uint64_t mega = 1'000'000;
  for (std::uint32_t socket = 0; socket < machine.topology.sockets; ++socket) {
    SmbiosProcessor processor;
    processor.socket = fmt::format("{} {}", prefix, socket + 1);
    processor.manufacturer = machine.cpu.vendor == "GenuineIntel" ? "Intel" : machine.cpu.vendor;
    processor.version = machine.cpu.brand;
    processor.signature = signature_word(machine.cpu);
    processor.features_edx = feature_word(machine.cpu);
    processor.max_mhz = static_cast<std::uint16_t>(machine.cpu.tsc_hz / mega);
    processor.current_mhz = processor.max_mhz;
    processor.cores = static_cast<std::uint16_t>(machine.topology.cores_per_socket);
    processor.threads = static_cast<std::uint16_t>(machine.topology.cores_per_socket *
                                                   machine.topology.threads_per_core);
    smbios.processors.push_back(processor);
  }
}

void read_processor(TomlTable& table, SmbiosProcessor& cpu) {
  take_text(table, "socket", cpu.socket, kLongestText);
  take_text(table, "manufacturer", cpu.manufacturer, kLongestText);
  take_text(table, "version", cpu.version, kLongestText);
  take_text(table, "serial", cpu.serial, kLongestText);
  take_text(table, "asset", cpu.asset, kLongestText);
  take_text(table, "part", cpu.part, kLongestText);
  take(table, "signature", cpu.signature);
  take(table, "features_edx", cpu.features_edx);
  take(table, "external_clock_mhz", cpu.external_clock_mhz);
  take(table, "max_mhz", cpu.max_mhz);
  take(table, "current_mhz", cpu.current_mhz);
  take(table, "cores", cpu.cores);
  take(table, "threads", cpu.threads);
  take(table, "type", cpu.type);
  take(table, "family", cpu.family);
  take(table, "voltage", cpu.voltage);
  take(table, "status", cpu.status);
  take(table, "upgrade", cpu.upgrade);
}

/// Changes of the processors that follow from the topology, in their order; more are added.
void read_processors(TomlTable& table, SmbiosDescription& smbios) {
  std::size_t index = 0;
  for (TomlTable& entry : table.tables("processors")) {
    if (index == smbios.processors.size()) smbios.processors.emplace_back();
    read_processor(entry, smbios.processors[index++]);
  }
}

void read_others(TomlTable& table, SmbiosDescription& smbios) {
  for (TomlTable& entry : table.tables("structures")) {
    SmbiosRaw raw;
    raw.type = static_cast<std::uint8_t>(entry.need_number("type", 0, 255));
    take(entry, "handle", raw.handle);
    take_bytes(entry, "body", 251, raw.body);
    raw.strings = entry.texts("strings");
    for (const std::string& text : raw.strings)
      if (text.empty() || text.find('\0') != std::string::npos)
        entry.fail("strings", "a string has at least one character and no zero byte");
    smbios.others.push_back(std::move(raw));
  }
}

/// The file's DIMMs, or one of the whole size where the size is variable.
void add_memory(TomlTable& table, const Machine& machine, SmbiosDescription& smbios) {
  for (TomlTable& entry : table.tables("dimms")) {
    SmbiosMemoryDevice device;
    device.locator = entry.need_text("locator");
    device.size_mib = entry.need_size("size") / kMiB;
    take(entry, "speed_mhz", device.speed_mhz);
    smbios.memory_devices.push_back(device);
  }
  std::uint64_t total = 0;
  for (const MachineRam& ram : machine.ram) total += ram.size;
  if (smbios.memory_devices.empty()) {
    smbios.memory_devices.push_back({"DIMM 0", "", (total + kMiB - 1) / kMiB, 0});
  }
  for (const MachineRam& ram : machine.ram) {
    if (ram.base >= kMiB) smbios.mapped_ranges.push_back({ram.base, ram.size});
  }
}

}  // namespace

void read_smbios(TomlTable& root, Machine& machine) {
  auto table = root.table("smbios");
  if (!table) return;
  SmbiosDescription& smbios = machine.firmware.smbios;
  smbios.present = true;
  smbios.entry_address = table->need_number("entry", 0xF0000, 0xFFFE0);
  if (smbios.entry_address % 16 != 0)
    table->fail("entry", "must be a multiple of 16 (SMBIOS §5.2.1)");
  smbios.table_address = table->need_number("table", 1, 0xFFFFFFFF);
  take(*table, "major", smbios.major, 2, 2);
  take(*table, "minor", smbios.minor, 1, 8);
  take(*table, "checksum_error", smbios.checksum_error);
  read_bios(*table, smbios.bios);
  read_system(*table, smbios.system);
  read_baseboard(*table, smbios.baseboard);
  read_chassis(*table, smbios.chassis);
  std::string prefix = "CPU";
  take_text(*table, "socket_prefix", prefix, 16);
  add_processors(machine, prefix, smbios);
  read_processors(*table, smbios);
  add_memory(*table, machine, smbios);
  read_others(*table, smbios);
}

}  // namespace apicsim
