#include "sim/platform/board.h"

#include <fmt/format.h>

#include "sim/platform/vtd_units.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kUartPorts = 8;
constexpr std::uint64_t kKeyboardDataPort = 0x60;
constexpr std::uint64_t kKeyboardCommandPort = 0x64;
constexpr std::uint64_t kFastResetPort = 0x92;
constexpr std::uint32_t kKeyboardIrq = 1;
constexpr std::uint32_t kAuxiliaryIrq = 12;
constexpr std::uint64_t kPmEventLength = 4;
constexpr std::uint64_t kPmControlLength = 2;
constexpr std::uint64_t kPmTimerLength = 4;
constexpr std::uint64_t kSmiPorts = 2;
constexpr std::uint64_t kIoApicLength = 0x1000;

AcpiPm::Config pm_config(const Machine& machine) {
  const AcpiPmDevice& device = machine.devices.pm;
  AcpiPm::Config config;
  config.timer_bits = device.timer_bits;
  config.gpe0_length = device.gpe0_length;
  config.s5_sleep_type = machine.firmware.dsdt.contents.s5_type_a;
  config.acpi_enable = machine.wiring.acpi_enable;
  config.acpi_disable = machine.wiring.acpi_disable;
  config.acpi_mode = machine.wiring.acpi_mode;
  return config;
}

}  // namespace

Board::Board(const Scenario& scenario, const Timebase& timebase, AddressSpaces spaces,
             BusMonitor& bus, Iommu& iommu, InterruptFabric& fabric, InterruptWiring& interrupts,
             CpuComplex& cpus, const BoardListeners& listeners)
    : m_isa(scenario.machine, timebase, spaces, interrupts, cpus.apic(0)),
      m_nmi(cpus),
      m_timers(scenario.machine, timebase, spaces, bus, interrupts, m_isa, m_nmi.logic()),
      m_harness(scenario.machine, timebase, spaces, interrupts, m_isa) {
  cpus.set_interrupt_acknowledge(m_isa.acknowledge());
  if (scenario.machine.devices.boot_rom)
    m_processor_reset = std::make_unique<ProcessorReset>(cpus, listeners.power);
  const BoardListeners heard{listeners.console, listeners.exit,
                             m_processor_reset ? *m_processor_reset : listeners.power,
                             listeners.unmodelled};
  const Context context{scenario, timebase, spaces, bus, iommu, fabric, interrupts, heard};
  for (std::uint32_t i = 0; i < interrupts.count(); ++i)
    AddressSpaces::place(spaces.memory, interrupts.io_apic(i).socket,
                         scenario.machine.devices.io_apics[i].address, kIoApicLength,
                         fmt::format("I/O APIC {}", i));
  add_uarts(context);
  add_keyboard_controller(context);
  add_power_management(context);
  add_debug_ports(context);
  m_vtd_units = make_vtd_units(scenario, timebase, spaces, iommu, fabric);
  for (const auto& unit : m_vtd_units) unit->set_fault_listener(&bus);
  add_pci(context);
  add_bus_agents(context);
  add_frame_sources(context);
}

void Board::add_uarts(const Context& context) {
  for (const UartDevice& device : context.scenario.machine.devices.uarts) {
    const std::string name = fmt::format("uart{}", m_uarts.size());
    Uart16550::Config config;
    config.byte_time = context.scenario.profile.uart_byte;
    m_uarts.push_back(std::make_unique<Uart16550>(
        name.c_str(), context.timebase, config, context.listeners.console, m_isa.line(device.irq)));
    AddressSpaces::place(context.spaces.ports, m_uarts.back()->socket, device.io_base, kUartPorts,
                         name);
  }
}

void Board::add_keyboard_controller(const Context& context) {
  if (!context.scenario.machine.devices.keyboard_controller) return;
  m_keyboard = std::make_unique<KeyboardController>(
      "keyboard_controller", context.timebase, context.listeners.power, m_isa.line(kKeyboardIrq),
      m_isa.line(kAuxiliaryIrq));
  AddressMap& ports = context.spaces.ports;
  AddressSpaces::place(ports, m_keyboard->data.socket, kKeyboardDataPort, 1, "keyboard data");
  AddressSpaces::place(ports, m_keyboard->command.socket, kKeyboardCommandPort, 1,
                       "keyboard command");
  AddressSpaces::place(ports, m_keyboard->fast.socket, kFastResetPort, 1, "port 92");
}

void Board::add_power_management(const Context& context) {
  const AcpiPmDevice& device = context.scenario.machine.devices.pm;
  if (!device.present) return;
  m_pm = std::make_unique<AcpiPm>("pm", context.timebase, pm_config(context.scenario.machine),
                                  context.listeners.power, m_isa.line(device.sci_irq));
  AddressMap& ports = context.spaces.ports;
  AddressSpaces::place(ports, m_pm->event.socket, device.event_base, kPmEventLength, "PM1a event");
  AddressSpaces::place(ports, m_pm->control.socket, device.control_base, kPmControlLength,
                       "PM1a control");
  AddressSpaces::place(ports, m_pm->timer.socket, device.timer_base, kPmTimerLength, "PM timer");
  if (device.gpe0_length != 0)
    AddressSpaces::place(ports, m_pm->gpe0.socket, device.gpe0_base, device.gpe0_length, "GPE0");
  else
    AddressSpaces::leave_out(ports, m_pm->gpe0.socket);
  AddressSpaces::place(ports, m_pm->smi.socket, device.smi_command_port, kSmiPorts, "SMI command");
}

void Board::add_debug_ports(const Context& context) {
  const BoardDevices& devices = context.scenario.machine.devices;
  if (devices.debug_exit.present) {
    m_debug_exit =
        std::make_unique<DebugExit>("debug_exit", context.timebase, context.listeners.exit);
    AddressSpaces::place(context.spaces.ports, m_debug_exit->socket, devices.debug_exit.io_base,
                         devices.debug_exit.io_size, "debug exit");
  }
  if (devices.debug_console.present) {
    m_debug_console = std::make_unique<DebugConsole>("debug_console", context.timebase,
                                                     context.listeners.console);
    AddressSpaces::place(context.spaces.ports, m_debug_console->socket,
                         devices.debug_console.io_base, 1, "debug console");
  }
}

void Board::add_pci(const Context& context) {
  for (const PciHostDevice& host : context.scenario.machine.devices.pci_hosts)
    m_pci.push_back(std::make_unique<PciSegment>(
        context.scenario.machine, host, context.scenario.profile, context.timebase, context.spaces,
        context.bus, context.interrupts, m_nmi.logic().system_error(), context.listeners.power,
        context.listeners.unmodelled, context.iommu));
}

void Board::add_bus_agents(const Context& context) {
  if (!context.scenario.injections.empty()) context.bus.keep_history();
  for (const BusAction& action : context.scenario.injections) {
    const std::string name = fmt::format("stray{}", m_agents.size());
    m_agents.push_back(std::make_unique<BusAgent>(name.c_str(), context.timebase, action,
                                                  &context.bus, &context.iommu));
    m_agents.back()->dma.socket.bind(context.bus.in);
  }
}

void Board::add_frame_sources(const Context& context) {
  for (const FrameArrival& arrival : context.scenario.frames) {
    FrameSource::Config config;
    config.at = arrival.at;
    config.bytes = arrival.bytes;
    config.count = arrival.count;
    config.period = arrival.period;
    const std::string name = fmt::format("frames{}", m_frame_sources.size());
    m_frame_sources.push_back(std::make_unique<FrameSource>(name.c_str(), context.timebase, config,
                                                            *find_nic(arrival.device)));
  }
}

Nic* Board::find_nic(std::uint32_t requester) const {
  for (const auto& segment : m_pci)
    if (Nic* const nic = segment->dma_functions().find_nic(requester)) return nic;
  return nullptr;
}

}  // namespace apicsim
