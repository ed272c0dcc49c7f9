#include "models/firmware/smbios.h"

#include <algorithm>
#include <string>

#include "models/firmware/acpi_header.h"
#include "models/firmware/byte_writer.h"

namespace apicsim {

namespace {

/// Handles of the structures; those in lists count up from here.
constexpr std::uint16_t bios_handle = 0x0000;
constexpr std::uint16_t system_handle = 0x0100;
constexpr std::uint16_t baseboard_handle = 0x0200;
constexpr std::uint16_t chassis_handle = 0x0300;
constexpr std::uint16_t processor_handle = 0x0400;
constexpr std::uint16_t array_handle = 0x1000;
constexpr std::uint16_t device_handle = 0x1100;
constexpr std::uint16_t mapped_handle = 0x1300;
constexpr std::uint16_t boot_handle = 0x2000;
constexpr std::uint16_t end_handle = 0x7F00;
constexpr std::uint16_t not_given = 0xFFFE;

/// One structure: formatted area, then its strings. DSP0134 §6.1.
class Structure {
 public:
  Structure(std::uint8_t type, std::uint16_t handle) {
    m_area.u8(type);
    m_area.u8(0);
    m_area.u16(handle);
  }
  ByteWriter& area() { return m_area; }
  /// Appends the number of the string, 0 for an empty one.
  void text(const std::string& value) {
    if (value.empty()) {
      m_area.u8(0);
      return;
    }
    ++m_count;
    m_area.u8(m_count);
    m_strings.text(value, value.size() + 1);
  }
  /// With strings whose numbers stand in the area already.
  Bytes take(const std::vector<std::string>& strings) {
    for (const std::string& value : strings) m_strings.text(value, value.size() + 1);
    m_count = static_cast<std::uint8_t>(strings.size());
    return take();
  }
  Bytes take() {
    m_area.patch(1, m_area.size(), 1);
    m_area.bytes(m_strings.take());
    m_area.zeros(m_count == 0 ? 2 : 1);
    return m_area.take();
  }

 private:
  ByteWriter m_area;
  ByteWriter m_strings;
  std::uint8_t m_count = 0;
};

Bytes bios(const SmbiosBios& b) {
  Structure s(0, bios_handle);
  s.text(b.vendor);
  s.text(b.version);
  s.area().u16(b.start_segment);
  s.text(b.date);
  s.area().u8(b.rom_size);
  s.area().u64(b.characteristics);
  s.area().u8(b.extension1);
  s.area().u8(b.extension2);
  s.area().u8(b.major);
  s.area().u8(b.minor);
  s.area().u8(b.controller_major);
  s.area().u8(b.controller_minor);
  return s.take();
}

Bytes system(const SmbiosSystem& system) {
  Structure s(1, system_handle);
  s.text(system.manufacturer);
  s.text(system.product);
  s.text(system.version);
  s.text(system.serial);
  for (std::size_t i = 0; i < 16; ++i) s.area().u8(i < system.uuid.size() ? system.uuid[i] : 0);
  s.area().u8(system.wake_up);
  s.text(system.sku);
  s.text(system.family);
  return s.take();
}

Bytes baseboard(const SmbiosBaseboard& board) {
  Structure s(2, baseboard_handle);
  s.text(board.manufacturer);
  s.text(board.product);
  s.text(board.version);
  s.text(board.serial);
  s.text(board.asset);
  s.area().u8(board.features);
  s.text(board.location);
  s.area().u16(chassis_handle);
  s.area().u8(board.type);
  s.area().u8(0);  // no contained objects
  return s.take();
}

Bytes chassis(const SmbiosChassis& chassis) {
  Structure s(3, chassis_handle);
  s.text(chassis.manufacturer);
  s.area().u8(chassis.type);
  s.text(chassis.version);
  s.text(chassis.serial);
  s.text(chassis.asset);
  s.area().u8(chassis.boot_state);
  s.area().u8(chassis.power_state);
  s.area().u8(chassis.thermal_state);
  s.area().u8(chassis.security);
  s.area().u32(chassis.oem);
  s.area().u8(chassis.height);
  s.area().u8(chassis.power_cords);
  s.area().u16(0);  // no contained elements
  return s.take();
}

Bytes processor(const SmbiosProcessor& cpu, std::uint16_t handle) {
  Structure s(4, handle);
  s.text(cpu.socket);
  s.area().u8(cpu.type);
  s.area().u8(cpu.family);
  s.text(cpu.manufacturer);
  s.area().u32(cpu.signature);
  s.area().u32(cpu.features_edx);
  s.text(cpu.version);
  s.area().u8(cpu.voltage);
  s.area().u16(cpu.external_clock_mhz);
  s.area().u16(cpu.max_mhz);
  s.area().u16(cpu.current_mhz);
  s.area().u8(cpu.status);
  s.area().u8(cpu.upgrade);
  for (int level = 1; level <= 3; ++level) s.area().u16(0xFFFF);
  s.text(cpu.serial);
  s.text(cpu.asset);
  s.text(cpu.part);
  s.area().u8(std::min<std::uint16_t>(cpu.cores, 0xFF));
  s.area().u8(std::min<std::uint16_t>(cpu.cores, 0xFF));
  s.area().u8(std::min<std::uint16_t>(cpu.threads, 0xFF));
  s.area().u16(0x0004);  // 64-bit capable
  s.area().u16(cpu.family);
  return s.take();
}

Bytes other(const SmbiosRaw& raw) {
  Structure s(raw.type, raw.handle);
  s.area().bytes(raw.body);
  return s.take(raw.strings);
}

/// Sizes above what the field of SMBIOS 2.1 holds go to the extended one: DSP0134 §7.17, §7.18.
Bytes memory_array(const SmbiosDescription& smbios) {
  std::uint64_t kib = 0;
  for (const SmbiosMemoryDevice& device : smbios.memory_devices) kib += device.size_mib << 10;
  Structure s(16, array_handle);
  s.area().u8(0x03);  // system board
  s.area().u8(0x03);  // system memory
  s.area().u8(0x06);  // multi-bit ECC
  constexpr std::uint64_t extended = 0x80000000;
  s.area().u32(std::min(kib, extended));
  s.area().u16(not_given);
  s.area().u16(smbios.memory_devices.size());
  s.area().u64(kib >= extended ? kib << 10 : 0);
  return s.take();
}

Bytes memory_device(const SmbiosMemoryDevice& device, std::uint16_t handle) {
  Structure s(17, handle);
  s.area().u16(array_handle);
  s.area().u16(not_given);
  s.area().u16(72);
  s.area().u16(64);
  constexpr std::uint64_t extended = 0x7FFF;
  s.area().u16(std::min(device.size_mib, extended));
  s.area().u8(0x09);  // DIMM
  s.area().u8(0);
  s.text(device.locator);
  s.text(device.bank);
  s.area().u8(0x18);     // DDR3
  s.area().u16(1 << 7);  // synchronous
  s.area().u16(device.speed_mhz);
  for (int i = 0; i < 4; ++i) s.text("");
  s.area().u8(0);  // rank not given
  s.area().u32(device.size_mib >= extended ? device.size_mib : 0);
  s.area().u16(device.speed_mhz);
  return s.take();
}

/// DSP0134 §7.20: addresses in KiB; beyond 4 TiB - 1 KiB the extended ones, in bytes.
Bytes mapped_range(const SmbiosMappedRange& range, std::uint16_t handle) {
  Structure s(19, handle);
  const std::uint64_t first = range.base >> 10;
  const std::uint64_t last = (range.base + range.size - 1) >> 10;
  const bool extended = last >= 0xFFFFFFFF;
  s.area().u32(extended ? 0xFFFFFFFF : first);
  s.area().u32(extended ? 0xFFFFFFFF : last);
  s.area().u16(array_handle);
  s.area().u8(1);
  s.area().u64(extended ? range.base : 0);
  s.area().u64(extended ? range.base + range.size - 1 : 0);
  return s.take();
}

Bytes boot_information() {
  Structure s(32, boot_handle);
  s.area().zeros(6);
  s.area().u8(0);  // no errors detected
  return s.take();
}

std::vector<Bytes> structures(const SmbiosDescription& smbios) {
  std::vector<Bytes> all{bios(smbios.bios), system(smbios.system)};
  if (smbios.baseboard.present) all.push_back(baseboard(smbios.baseboard));
  all.push_back(chassis(smbios.chassis));
  std::uint16_t handle = processor_handle;
  for (const SmbiosProcessor& cpu : smbios.processors) all.push_back(processor(cpu, handle++));
  all.push_back(memory_array(smbios));
  handle = device_handle;
  for (const auto& device : smbios.memory_devices) all.push_back(memory_device(device, handle++));
  handle = mapped_handle;
  for (const auto& range : smbios.mapped_ranges) all.push_back(mapped_range(range, handle++));
  all.push_back(boot_information());
  for (const SmbiosRaw& raw : smbios.others) all.push_back(other(raw));
  all.push_back(Structure(127, end_handle).take());
  return all;
}

}  // namespace

SmbiosTable build_smbios_table(const SmbiosDescription& smbios) {
  SmbiosTable table;
  ByteWriter out;
  for (const Bytes& structure : structures(smbios)) {
    out.bytes(structure);
    ++table.structures;
    table.longest = std::max(table.longest, static_cast<std::uint16_t>(structure.size()));
  }
  table.bytes = out.take();
  return table;
}

Bytes build_smbios_entry(const SmbiosDescription& smbios, const SmbiosTable& table) {
  constexpr std::size_t entry_size = 31;
  constexpr std::size_t checksum_offset = 4;
  constexpr std::size_t intermediate_offset = 16;
  constexpr std::size_t intermediate_checksum_offset = 21;
  ByteWriter out;
  out.text("_SM_", 4);
  out.u8(0);
  out.u8(entry_size);
  out.u8(smbios.major);
  out.u8(smbios.minor);
  out.u16(table.longest);
  out.zeros(6);  // entry point revision 0, formatted area unused
  out.text("_DMI_", 5);
  out.u8(0);
  out.u16(table.bytes.size());
  out.u32(smbios.table_address);
  out.u16(table.structures);
  out.u8(smbios.major << 4 | smbios.minor);
  Bytes entry = out.take();
  const Bytes intermediate(entry.begin() + intermediate_offset, entry.end());
  entry[intermediate_checksum_offset] = static_cast<std::uint8_t>(0 - byte_sum(intermediate));
  entry[checksum_offset] = static_cast<std::uint8_t>(smbios.checksum_error - byte_sum(entry));
  return entry;
}

}  // namespace apicsim
