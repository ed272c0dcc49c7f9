#include <fmt/format.h>

#include "sim/scenario/machine_parts.h"
#include "sim/scenario/toml_take.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kPage = 0x1000;
// Free in the memory window of the described machines.
constexpr std::uint64_t kTesterBars = 0xFEB10000;
constexpr std::uint32_t kTesterInterrupt = 10;

void read_uarts(TomlTable& devices, BoardDevices& board) {
  for (TomlTable& table : devices.tables("uart")) {
    UartDevice uart;
    take(table, "io_base", uart.io_base, 0, 0xFFF8);
    take(table, "irq", uart.irq, 0, 15);
    take_frequency(table, "clock", uart.clock_hz);
    board.uarts.push_back(uart);
  }
}

void check_io_apic(const TomlTable& table, const BoardDevices& board, const IoApicDevice& fresh) {
  if (fresh.address % 0x100 != 0) {
    table.fail("address", fmt::format("{:#x} is not a multiple of 0x100", fresh.address));
  }
  for (const IoApicDevice& other : board.io_apics) {
    if (other.id == fresh.id) {
      table.fail("id", fmt::format("two I/O APICs have the id {}", fresh.id));
    }
    const bool apart = other.gsi_base + other.entries <= fresh.gsi_base ||
                       fresh.gsi_base + fresh.entries <= other.gsi_base;
    if (!apart) {
      table.fail("gsi_base",
                 fmt::format("interrupts {}-{} are those of I/O APIC {}, too", fresh.gsi_base,
                             fresh.gsi_base + fresh.entries - 1, other.id));
    }
  }
}

void read_io_apics(TomlTable& devices, BoardDevices& board) {
  for (TomlTable& table : devices.tables("io_apic")) {
    IoApicDevice io_apic;
    io_apic.id = static_cast<std::uint32_t>(table.need_number("id", 0, 15));
    io_apic.address = table.need_number("address", 0, 0xFFFFFFFF);
    io_apic.gsi_base = static_cast<std::uint32_t>(table.need_number("gsi_base", 0, 0xFFFF));
    take(table, "entries", io_apic.entries, 1, 120);
    take(table, "version", io_apic.version, 0, 0xFF);
    io_apic.requester_id = take_requester(table, "requester", io_apic.requester_id);
    check_io_apic(table, board, io_apic);
    board.io_apics.push_back(io_apic);
  }
}

void read_hpet_device(TomlTable& devices, HpetDevice& hpet) {
  auto table = devices.table("hpet");
  if (!table) return;
  hpet.present = true;
  take(*table, "address", hpet.address);
  take_frequency(*table, "clock", hpet.hz);
  take(*table, "timers", hpet.timers, 3, 32);
  take(*table, "capabilities", hpet.capabilities);
  take(*table, "periodic_timers", hpet.periodic_timers, 0, hpet.timers);
  take(*table, "messages", hpet.messages);
  const auto routes = table->numbers("routes", 0, 0xFFFFFFFF);
  if (!routes.empty()) hpet.routes.assign(routes.begin(), routes.end());
  hpet.requester_id = take_requester(*table, "requester", hpet.requester_id);
}

void read_pm(TomlTable& devices, AcpiPmDevice& pm) {
  auto table = devices.table("pm");
  if (!table) return;
  pm.present = true;
  take(*table, "event_base", pm.event_base);
  take(*table, "control_base", pm.control_base);
  take(*table, "timer_base", pm.timer_base);
  take(*table, "timer_bits", pm.timer_bits, 24, 32);
  take(*table, "gpe0_base", pm.gpe0_base);
  take(*table, "gpe0_length", pm.gpe0_length, 0, 128);
  take(*table, "sci_irq", pm.sci_irq, 0, 15);
  take(*table, "smi_command_port", pm.smi_command_port);
  if (pm.timer_bits != 24 && pm.timer_bits != 32) table->fail("timer_bits", "allowed: 24, 32");
}

void read_pci_hosts(TomlTable& devices, BoardDevices& board) {
  for (TomlTable& table : devices.tables("pci_host")) {
    PciHostDevice host;
    take(table, "segment", host.segment, 0, 0xFFFF);
    take(table, "end_bus", host.end_bus, 0, 0xFF);
    take(table, "start_bus", host.start_bus, 0, host.end_bus);
    take(table, "ecam_base", host.ecam_base);
    take(table, "config_ports", host.config_ports);
    board.pci_hosts.push_back(host);
  }
}

bool has_bus(const BoardDevices& board, const PciFunctionDevice& function) {
  for (const PciHostDevice& host : board.pci_hosts) {
    if (host.segment == function.segment && host.start_bus <= function.bus &&
        function.bus <= host.end_bus) {
      return true;
    }
  }
  return false;
}

void read_bar_address(TomlTable& table, const std::string& key, PciFunctionDevice& function) {
  function.bar = table.need_number(key, 0, 0xFFFFFFFF);
  if (function.bar % function.bar_size != 0) {
    table.fail(key, fmt::format("{:#x} is not a multiple of its size {:#x}", function.bar,
                                function.bar_size));
  }
}

void read_bridge(TomlTable& table, PciFunctionDevice& bridge) {
  bridge.secondary = static_cast<std::uint32_t>(table.need_number("secondary", 1, 0xFF));
  bridge.subordinate = bridge.secondary;
  take(table, "subordinate", bridge.subordinate, bridge.secondary, 0xFF);
  if (bridge.secondary <= bridge.bus)
    table.fail("secondary", fmt::format("is not behind bus {:#x}", bridge.bus));
}

std::vector<std::pair<std::string, std::string>> function_models() {
  std::vector<std::pair<std::string, std::string>> models = {
      {"bridge", "bridge"}, {"edu", "edu"}, {"inert", "inert"}};
  for (const std::string& name : dma_function_models()) models.emplace_back(name, name);
  return models;
}

/// Functions that stand for what exists elsewhere have no identity of their own.
void read_identity(TomlTable& table, bool preset, PciFunctionDevice& function) {
  const auto read = [&](const char* key, std::uint32_t& out, std::uint64_t max) {
    if (preset)
      take(table, key, out, 0, max);
    else
      out = static_cast<std::uint32_t>(table.need_number(key, 0, max));
  };
  read("vendor_id", function.vendor_id, 0xFFFF);
  read("device_id", function.device_id, 0xFFFF);
  read("class", function.class_code, 0xFFFFFF);
  take(table, "revision", function.revision, 0, 0xFF);
  take(table, "subsystem_vendor_id", function.subsystem_vendor_id, 0, 0xFFFF);
  take(table, "subsystem_id", function.subsystem_id, 0, 0xFFFF);
  take(table, "irq_line", function.irq_line, 0, 0xFF);
  take(table, "irq_pin", function.irq_pin, 0, 4);
}

void read_inert_bar(TomlTable& bar, PciFunctionDevice& function) {
  function.bar_index = static_cast<std::uint32_t>(bar.need_number("index", 0, 5));
  function.bar_size = bar.need_size("size", 16, std::uint64_t{1} << 31);
  if ((function.bar_size & (function.bar_size - 1)) != 0) bar.fail("size", "is not a power of two");
  read_bar_address(bar, "address", function);
}

/// Its identity is its own; only the place on the board is the machine's.
PciFunctionDevice read_interrupt_tester(TomlTable& table) {
  PciFunctionDevice function;
  function.model = function.name = "interrupt-tester";
  const PciLocation location = need_pci_location(table, "address");
  function.bus = location.bus;
  function.device = location.device;
  function.function = location.function;
  function.bar = kTesterBars;
  function.msix_bar = kTesterBars + kPage;
  function.irq_pin = 1;
  function.irq_line = kTesterInterrupt;
  take(table, "bar0", function.bar, 0, 0xFFFFF000);
  take(table, "bar1", function.msix_bar, 0, 0xFFFFF000);
  take(table, "irq_line", function.irq_line, 0, 0xFF);
  if (function.bar % kPage != 0) table.fail("bar0", "is not the address of a page");
  if (function.msix_bar % kPage != 0) table.fail("bar1", "is not the address of a page");
  return function;
}

void read_pci_functions(TomlTable& devices, BoardDevices& board) {
  for (TomlTable& table : devices.tables("pci")) {
    add_pci_function(read_pci_function(table), table.place("address"), table.name("address"),
                     board);
  }
  if (auto table = devices.table("interrupt_tester")) {
    add_pci_function(read_interrupt_tester(*table), table->place("address"), table->name("address"),
                     board);
  }
}

void read_ports(TomlTable& devices, BoardDevices& board) {
  if (auto table = devices.table("fw_cfg")) {
    board.fw_cfg.present = true;
    take(*table, "io_base", board.fw_cfg.io_base);
  }
  if (auto table = devices.table("test_device")) {
    board.test_device.present = true;
    take(*table, "lines", board.test_device.lines);
    take(*table, "data", board.test_device.data);
    take(*table, "memory", board.test_device.memory);
  }
  if (auto table = devices.table("debug_exit")) {
    board.debug_exit.present = true;
    take(*table, "io_base", board.debug_exit.io_base);
    take(*table, "io_size", board.debug_exit.io_size, 1, 4);
  }
  if (auto table = devices.table("debug_console")) {
    board.debug_console.present = true;
    take(*table, "io_base", board.debug_console.io_base);
  }
  if (auto table = devices.table("reset_control")) {
    board.reset_control.present = true;
    take(*table, "io_base", board.reset_control.io_base);
  }
}

/// An I/O APIC takes its pins from the ISA bus: the first one has the interrupts from 0 on.
void check_first_io_apic(const TomlTable& devices, const BoardDevices& board) {
  for (const IoApicDevice& io_apic : board.io_apics) {
    if (io_apic.gsi_base == 0) return;
  }
  if (!board.io_apics.empty()) {
    devices.fail("io_apic", "none has the interrupts from 0 on; give one of them gsi_base = 0");
  }
}

}  // namespace

PciFunctionDevice read_pci_function(TomlTable& table) {
  PciFunctionDevice function;
  function.model = table.need_choice("model", function_models());
  function.name = function.model;
  const bool masters = preset_dma_function(function);
  take(table, "name", function.name);
  const PciLocation location = need_pci_location(table, "address");
  function.bus = location.bus;
  function.device = location.device;
  function.function = location.function;
  take(table, "segment", function.segment, 0, 0xFFFF);
  read_identity(table, masters, function);
  if (masters) {
    read_dma_function(table, function);
  } else if (function.model == "bridge") {
    read_bridge(table, function);
  } else if (function.model == "edu") {
    function.bar_size = std::uint64_t{1} << 20;
    read_bar_address(table, "bar0", function);
    function.dma_mask = table.need_number("dma_mask");
  } else if (auto bar = table.table("bar")) {
    read_inert_bar(*bar, function);
  }
  return function;
}

void add_pci_function(const PciFunctionDevice& function, const Place& place, const std::string& key,
                      BoardDevices& board) {
  const auto fail = [&](const char* what) {
    throw ScenarioError(place, fmt::format("key '{}': {}", key, what));
  };
  if (!has_bus(board, function)) fail("no 'pci_host' has this bus; add one or change the address");
  for (const PciFunctionDevice& other : board.pci_functions) {
    if (other.segment != function.segment) continue;
    if (other.requester_id() == function.requester_id()) fail("two functions have this address");
    if (function.secondary != 0 && other.secondary == function.secondary)
      fail("two bridges lead to the bus behind this one");
  }
  board.pci_functions.push_back(function);
}

void check_pci_functions(const BoardDevices& board, const Place& place) {
  for (const PciFunctionDevice& function : board.pci_functions) {
    if (!function.dma.peer) continue;
    bool found = false;
    for (const PciFunctionDevice& other : board.pci_functions)
      found = found || (other.model == "nic" && other.segment == function.segment &&
                        other.requester_id() == *function.dma.peer);
    if (!found)
      throw ScenarioError(place,
                          fmt::format("key 'peer': function {:02x}:{:02x}.{} has its wire to "
                                      "a function that is no 'nic' of this machine",
                                      function.bus, function.device, function.function));
  }
}

void read_devices(TomlTable& root, Machine& machine) {
  TomlTable devices = root.need_table("devices");
  BoardDevices& board = machine.devices;
  read_uarts(devices, board);
  read_io_apics(devices, board);
  check_first_io_apic(devices, board);
  read_hpet_device(devices, board.hpet);
  take(devices, "pit", board.pit);
  take(devices, "pic", board.pic);
  take(devices, "rtc", board.rtc);
  take(devices, "boot_rom", board.boot_rom);
  take(devices, "keyboard_controller", board.keyboard_controller);
  read_pm(devices, board.pm);
  read_vtd_units(devices, board);
  read_pci_hosts(devices, board);
  read_pci_functions(devices, board);
  read_ports(devices, board);
}

}  // namespace apicsim
