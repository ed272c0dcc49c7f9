#include "models/firmware/spec/fadt_fields.h"
#include "sim/scenario/machine_reading.h"

namespace apicsim {

void read_address(TomlTable& table, const std::string& key, GenericAddress& address) {
  const auto fields = table.numbers(key);
  if (fields.empty()) return;
  if (fields.size() != 5 || fields[0] > 255 || fields[1] > 255 || fields[2] > 255 || fields[3] > 4)
    table.fail(key,
               "is no register; allowed: [space, bit width, bit offset, access size, address]");
  address = {static_cast<std::uint8_t>(fields[0]), static_cast<std::uint8_t>(fields[1]),
             static_cast<std::uint8_t>(fields[2]), static_cast<std::uint8_t>(fields[3]), fields[4]};
}

namespace {

DsdtWindow window_from(const TomlTable& table, const std::string& key,
                       const std::vector<std::uint64_t>& numbers, std::size_t at) {
  if (numbers[at + 1] < numbers[at]) table.fail(key, "has a limit below its base");
  return {numbers[at], numbers[at + 1]};
}
/// [base, limit, base, limit, ...].
std::vector<DsdtWindow> read_windows(TomlTable& table, const std::string& key) {
  const auto numbers = table.numbers(key, 0, 0xFFFFFFFF);
  if (numbers.size() % 2 != 0) table.fail(key, "is not a list of base and limit pairs");
  std::vector<DsdtWindow> windows;
  for (std::size_t i = 0; i < numbers.size(); i += 2)
    windows.push_back(window_from(table, key, numbers, i));
  return windows;
}

DsdtPciRoot read_pci_root(TomlTable table) {
  DsdtPciRoot root;
  root.name = table.need_text("name");
  read_into(table, "segment", root.segment);
  read_into(table, "bus_base", root.bus_base);
  read_into(table, "bus_limit", root.bus_limit);
  read_into(table, "uid", root.uid);
  read_into(table, "config_ports", root.config_ports);
  root.io = read_windows(table, "io");
  root.memory = read_windows(table, "memory");
  return root;
}

DsdtDevice read_device(TomlTable table) {
  DsdtDevice device;
  device.name = table.need_text("name");
  device.hid = table.need_text("hid");
  read_into(table, "uid", device.uid);
  device.io = read_windows(table, "io");
  device.memory = read_windows(table, "memory");
  for (const auto irq : table.numbers("irqs", 0, 15))
    device.irqs.push_back(static_cast<std::uint8_t>(irq));
  return device;
}

std::string processor_name(std::uint32_t number) {
  static const char digits[] = "0123456789ABCDEF";
  std::string name = "C000";
  for (int i = 3; i > 0; --i, number /= 16) name[static_cast<std::size_t>(i)] = digits[number % 16];
  return name;
}

}  // namespace

FadtDescription read_fadt(TomlTable& table) {
  FadtDescription f;
  read_into(table, "facs_in_32", f.facs_in_32);
  read_into(table, "facs_in_64", f.facs_in_64);
  read_into(table, "dsdt_in_32", f.dsdt_in_32);
  read_into(table, "dsdt_in_64", f.dsdt_in_64);
  for (const fadt::Field& field : fadt::fields)
    read_into(table, field.name, f.*field.member, (std::uint64_t{1} << (8 * field.width)) - 1);
  for (const fadt::AddressField& field : fadt::address_fields)
    read_address(table, field.name, f.*field.member);
  return f;
}

DsdtDescription read_dsdt(TomlTable& table, const Machine& machine) {
  static const std::vector<std::pair<std::string, DsdtProcessorForm>> forms = {
      {"processor", DsdtProcessorForm::processor}, {"device", DsdtProcessorForm::device}};
  DsdtDescription dsdt;
  dsdt.processor_form = table.choice("processor_form", forms).value_or(dsdt.processor_form);
  for (const MachineCpu& cpu : machine.cpus)
    dsdt.processors.push_back({processor_name(cpu.number), cpu.uid, 0, 0});
  read_into(table, "sleep_s5", dsdt.sleep_s5);
  read_into(table, "s5_type_a", dsdt.s5_type_a, 7);
  read_into(table, "s5_type_b", dsdt.s5_type_b, 7);
  for (TomlTable& root : table.tables("pci_roots")) dsdt.pci_roots.push_back(read_pci_root(root));
  for (TomlTable& device : table.tables("devices")) dsdt.devices.push_back(read_device(device));
  return dsdt;
}

SmbiosDescription read_smbios(TomlTable table) {
  SmbiosDescription s;
  s.present = true;
  read_into(table, "entry_address", s.entry_address);
  s.table_address = table.need_number("table_address", 0, 0xFFFFFFFF);
  read_into(table, "major", s.major);
  read_into(table, "minor", s.minor);
  TomlTable bios = table.need_table("bios");
  read_into(bios, "vendor", s.bios.vendor);
  read_into(bios, "version", s.bios.version);
  read_into(bios, "date", s.bios.date);
  TomlTable system = table.need_table("system");
  read_into(system, "manufacturer", s.system.manufacturer);
  read_into(system, "product", s.system.product);
  read_into(system, "version", s.system.version);
  read_into(system, "serial", s.system.serial);
  read_into(system, "family", s.system.family);
  if (auto chassis = table.table("chassis")) {
    read_into(*chassis, "manufacturer", s.chassis.manufacturer);
    read_into(*chassis, "type", s.chassis.type);
  }
  if (auto board = table.table("baseboard")) {
    s.baseboard.present = true;
    read_into(*board, "manufacturer", s.baseboard.manufacturer);
    read_into(*board, "product", s.baseboard.product);
  }
  return s;
}

}  // namespace apicsim
