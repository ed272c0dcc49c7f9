#include "sim/platform/pci_segment.h"

#include <fmt/format.h>

namespace apicsim {

namespace {

constexpr std::uint16_t kConfigPorts = 0xCF8;
constexpr std::uint64_t kConfigPortCount = 8;
constexpr unsigned kEcamBusShift = 20;  // PCIe 3.0 §7.2.2: 1 MiB per bus
constexpr unsigned kInterruptLineRegister = 0x3C;
constexpr std::uint32_t kNoInterruptLine = 0xFF;

PciAddress address_of(const PciFunctionDevice& function) {
  return PciAddress::from_requester_id(static_cast<std::uint16_t>(function.requester_id()));
}

/// Function 0 says whether software must look for others (PCI 3.0 §6.2.1, header type bit 7).
bool has_siblings(const PciFunctionDevice& function, const Machine& machine) {
  for (const PciFunctionDevice& other : machine.devices.pci_functions)
    if (other.segment == function.segment && other.bus == function.bus &&
        other.device == function.device && other.function != function.function)
      return true;
  return false;
}

PciIdentity identity_of(const PciFunctionDevice& function, const Machine& machine) {
  PciIdentity identity;
  identity.vendor_id = static_cast<std::uint16_t>(function.vendor_id);
  identity.device_id = static_cast<std::uint16_t>(function.device_id);
  identity.revision = static_cast<std::uint8_t>(function.revision);
  identity.class_code = function.class_code;
  identity.subsystem_vendor_id = static_cast<std::uint16_t>(function.subsystem_vendor_id);
  identity.subsystem_id = static_cast<std::uint16_t>(function.subsystem_id);
  identity.interrupt_pin = static_cast<std::uint8_t>(function.irq_pin);
  identity.multi_function = has_siblings(function, machine);
  return identity;
}

std::string module_name(const char* what, const PciFunctionDevice& function) {
  return fmt::format("{}_{:02x}_{:02x}_{}", what, function.bus, function.device, function.function);
}

}  // namespace

PciSegment::PciSegment(const Machine& machine, const PciHostDevice& host,
                       const TimingProfile& profile, const Timebase& timebase, AddressSpaces spaces,
                       BusMonitor& bus, InterruptWiring& interrupts, InterruptLine& system_error,
                       PowerListener& power, UnmodelledListener& unmodelled, Iommu& iommu)
    : m_host(std::make_unique<PciHost>(fmt::format("pci_host{}", host.segment).c_str(), timebase,
                                       m_bus, &power, static_cast<std::uint8_t>(host.start_bus))) {
  place_host(host, spaces);
  const Context context{{machine, profile, timebase, spaces.memory, spaces.ports, bus, iommu},
                        system_error};
  for (const PciFunctionDevice& function : machine.devices.pci_functions) {
    if (function.segment != host.segment) continue;
    PciWiring wiring;
    wiring.memory = &spaces.memory;
    wiring.ports = &spaces.ports;
    wiring.unmodelled = &unmodelled;
    if (function.irq_line != kNoInterruptLine) wiring.interrupt = interrupts.gsi(function.irq_line);
    PciFunction& added = add(function, wiring, context);
    added.write_config(kInterruptLineRegister, 1, function.irq_line, 0);
    m_bus.add(added);
    m_functions.push_back(&added);
  }
  connect_bridges();
  m_dma_functions.connect();
}

PciBridge* PciSegment::bridge_to(std::uint8_t bus) const {
  for (const auto& bridge : m_bridges)
    if (bridge->secondary() == bus) return bridge.get();
  return nullptr;
}

void PciSegment::connect_bridges() {
  for (PciFunction* const function : m_functions)
    for (PciBridge* bridge = bridge_to(function->address().bus); bridge != nullptr;
         bridge = bridge_to(bridge->address().bus))
      for (const auto& range : function->bar_ranges())
        range.io ? bridge->assign_io(range.first, range.last)
                 : bridge->assign_memory(range.first, range.last);
  for (PciFunction* const function : m_functions)
    if (PciBridge* const bridge = bridge_to(function->address().bus)) bridge->attach(*function);
}

void PciSegment::place_host(const PciHostDevice& host, AddressSpaces spaces) {
  if (host.config_ports)
    AddressSpaces::place(spaces.ports, m_host->ports.socket, kConfigPorts, kConfigPortCount,
                         "PCI configuration ports");
  else
    AddressSpaces::leave_out(spaces.ports, m_host->ports.socket);
  if (host.ecam_base == 0) {
    AddressSpaces::leave_out(spaces.memory, m_host->ecam.socket);
    return;
  }
  const std::uint64_t start = std::uint64_t{host.start_bus} << kEcamBusShift;
  const std::uint64_t buses = host.end_bus - host.start_bus + 1;
  AddressSpaces::place(spaces.memory, m_host->ecam.socket, host.ecam_base + start,
                       buses << kEcamBusShift, "PCI configuration window");
}

PciFunction& PciSegment::add(const PciFunctionDevice& function, const PciWiring& wiring,
                             const Context& context) {
  if (PciFunction* const master =
          m_dma_functions.add(function, identity_of(function, context.machine), wiring, context))
    return *master;
  if (function.model == "bridge") return add_bridge(function, wiring, context);
  if (function.model == "edu") return add_edu(function, wiring, context);
  if (function.model == "interrupt-tester") return add_tester(function, wiring, context);
  return add_inert(function, wiring, context);
}

PciFunction& PciSegment::add_edu(const PciFunctionDevice& function, const PciWiring& wiring,
                                 const Context& context) {
  Edu::Config config;
  config.dma_mask = function.dma_mask;
  config.dma_time = context.profile.edu_dma;
  config.subsystem_vendor_id = static_cast<std::uint16_t>(function.subsystem_vendor_id);
  config.subsystem_id = static_cast<std::uint16_t>(function.subsystem_id);
  m_edus.push_back(std::make_unique<Edu>(module_name("edu", function).c_str(), context.timebase,
                                         address_of(function), config, wiring));
  Edu& edu = *m_edus.back();
  edu.dma.socket.bind(context.bus.in);
  edu.set_bar_target(0, context.memory.connect(edu.registers.socket));
  if (function.bar != 0) edu.assign_bar(0, function.bar);
  return edu;
}

PciFunction& PciSegment::add_tester(const PciFunctionDevice& function, const PciWiring& wiring,
                                    const Context& context) {
  m_testers.push_back(std::make_unique<InterruptTester>(
      module_name("interrupt_tester", function).c_str(), context.timebase, address_of(function),
      wiring, &context.system_error));
  InterruptTester& tester = *m_testers.back();
  tester.dma.socket.bind(context.bus.in);
  tester.set_bar_target(interrupt_tester::register_bar,
                        context.memory.connect(tester.registers.socket));
  tester.set_bar_target(interrupt_tester::msix_bar, context.memory.connect(tester.msix.socket));
  if (function.bar != 0) tester.assign_bar(interrupt_tester::register_bar, function.bar);
  if (function.msix_bar != 0) tester.assign_bar(interrupt_tester::msix_bar, function.msix_bar);
  return tester;
}

PciFunction& PciSegment::add_bridge(const PciFunctionDevice& function, const PciWiring& wiring,
                                    const Context& context) {
  m_bridges.push_back(std::make_unique<PciBridge>(module_name("bridge", function).c_str(),
                                                  address_of(function),
                                                  identity_of(function, context.machine), wiring));
  m_bridges.back()->assign_buses(static_cast<std::uint8_t>(function.secondary),
                                 static_cast<std::uint8_t>(function.subordinate));
  return *m_bridges.back();
}

PciFunction& PciSegment::add_inert(const PciFunctionDevice& function, const PciWiring& wiring,
                                   const Context& context) {
  m_inert.push_back(std::make_unique<InertFunction>(
      module_name("pci", function).c_str(), address_of(function),
      identity_of(function, context.machine), wiring, function.bar_size, function.bar_index));
  InertFunction& inert = *m_inert.back();
  if (function.bar != 0) inert.assign_bar(function.bar_index, function.bar);
  return inert;
}

}  // namespace apicsim
