#include <fmt/format.h>

#include "sim/scenario/machine_parts.h"
#include "sim/scenario/toml_take.h"

namespace apicsim {

namespace {

/// Ranges written as a flat list: first, last, first, last ...
std::vector<DsdtWindow> read_windows(TomlTable& table, const std::string& key) {
  const auto numbers = table.numbers(key, 0, 0xFFFFFFFF);
  if (numbers.size() % 2 != 0) {
    table.fail(key, "has an odd number of values; allowed: first, last, first, last ...");
  }
  std::vector<DsdtWindow> windows;
  for (std::size_t i = 0; i < numbers.size(); i += 2) {
    if (numbers[i] > numbers[i + 1]) {
      table.fail(key, fmt::format("{:#x}-{:#x} ends before it begins", numbers[i], numbers[i + 1]));
    }
    windows.push_back({numbers[i], numbers[i + 1]});
  }
  return windows;
}

DsdtPciRoot read_pci_root(TomlTable& table) {
  DsdtPciRoot root;
  root.name = table.need_text("name");
  take(table, "segment", root.segment);
  take(table, "bus_limit", root.bus_limit);
  take(table, "bus_base", root.bus_base, 0, root.bus_limit);
  take(table, "uid", root.uid);
  take(table, "express", root.express);
  take(table, "config_ports", root.config_ports);
  root.io = read_windows(table, "io");
  root.memory = read_windows(table, "memory");
  return root;
}

DsdtDevice read_device(TomlTable& table) {
  DsdtDevice device;
  device.name = table.need_text("name");
  device.hid = table.need_text("hid");
  take(table, "uid", device.uid);
  device.io = read_windows(table, "io");
  device.memory = read_windows(table, "memory");
  for (const std::uint64_t irq : table.numbers("irqs", 0, 15)) {
    device.irqs.push_back(static_cast<std::uint8_t>(irq));
  }
  return device;
}

void add_processors(TomlTable& table, const Machine& machine, DsdtDescription& dsdt) {
  const auto form = table.choice<DsdtProcessorForm>(
      "processors",
      {{"processor", DsdtProcessorForm::processor}, {"device", DsdtProcessorForm::device}});
  std::uint32_t pblk = 0;
  take(table, "pblk", pblk, 0, 0xFFFF);
  if (!form) return;
  dsdt.processor_form = *form;
  constexpr std::uint8_t pblk_length = 6;
  for (const MachineCpu& cpu : machine.cpus) {
    DsdtProcessor processor;
    processor.name = fmt::format("C{:03X}", cpu.number);
    processor.uid = cpu.uid;
    processor.pblk_address = pblk;
    processor.pblk_length = pblk == 0 ? std::uint8_t{0} : pblk_length;
    dsdt.processors.push_back(processor);
  }
}

}  // namespace

DsdtDescription read_dsdt(TomlTable& table, const Machine& machine) {
  DsdtDescription dsdt;
  add_processors(table, machine, dsdt);
  take(table, "sleep_s5", dsdt.sleep_s5);
  take(table, "s5_type_a", dsdt.s5_type_a, 0, 7);
  take(table, "s5_type_b", dsdt.s5_type_b, 0, 7);
  for (TomlTable& root : table.tables("pci_roots")) dsdt.pci_roots.push_back(read_pci_root(root));
  for (TomlTable& device : table.tables("devices")) dsdt.devices.push_back(read_device(device));
  return dsdt;
}

}  // namespace apicsim
