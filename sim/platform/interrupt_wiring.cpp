#include "sim/platform/interrupt_wiring.h"

#include <fmt/format.h>

#include <algorithm>

namespace apicsim {

namespace {

bool is_isa_routed(const Machine& machine, std::uint32_t line) {
  const auto& routes = machine.wiring.isa;
  return std::any_of(routes.begin(), routes.end(),
                     [line](const IsaRoute& route) { return route.source == line; });
}

/// Interrupts whose asserted line is low at its pin: as the firmware says of ISA interrupts, and
/// INTx# otherwise (PCI 3.0 §2.2.6).
std::vector<std::uint32_t> active_low_interrupts(const Machine& machine) {
  std::vector<std::uint32_t> interrupts;
  for (const IsaRoute& route : machine.wiring.isa)
    if (route.active_low) interrupts.push_back(route.gsi);
  for (const PciFunctionDevice& function : machine.devices.pci_functions)
    if (function.irq_pin != 0 && !is_isa_routed(machine, function.irq_line))
      interrupts.push_back(function.irq_line);
  return interrupts;
}

std::vector<bool> inverted_pins(const Machine& machine, const IoApicDevice& device) {
  std::vector<bool> inverted(device.entries, false);
  for (const std::uint32_t interrupt : active_low_interrupts(machine))
    if (interrupt >= device.gsi_base && interrupt - device.gsi_base < device.entries)
      inverted[interrupt - device.gsi_base] = true;
  return inverted;
}

}  // namespace

InterruptWiring::InterruptWiring(const Machine& machine, const Timebase& timebase, BusMonitor& bus,
                                 InterruptFabric& fabric, Cycle delivery)
    : m_machine(machine) {
  for (const IoApicDevice& device : machine.devices.io_apics) {
    IoApicConfig config;
    config.id = device.id;
    config.version = device.version;
    config.pins = device.entries;
    config.requester_id = device.requester_id;
    config.delivery = delivery;
    config.inverted_pins = inverted_pins(machine, device);
    const std::string name = fmt::format("io_apic{}", m_io_apics.size());
    m_io_apics.push_back(std::make_unique<IoApic>(name.c_str(), config, timebase));
    m_io_apics.back()->messages.bind(bus.in);
    fabric.attach_eoi(*m_io_apics.back());
  }
}

InterruptLine* InterruptWiring::gsi(std::uint32_t number) {
  for (std::uint32_t i = 0; i < count(); ++i) {
    const IoApicDevice& device = m_machine.devices.io_apics[i];
    if (number >= device.gsi_base && number - device.gsi_base < device.entries)
      return &m_io_apics[i]->pin(number - device.gsi_base);
  }
  return nullptr;
}

InterruptLine* InterruptWiring::isa(std::uint32_t irq) { return gsi(gsi_of_isa(irq)); }

std::uint32_t InterruptWiring::gsi_of_isa(std::uint32_t irq) const {
  std::uint32_t gsi = irq;
  for (const IsaRoute& route : m_machine.wiring.isa)
    if (route.source == irq) gsi = route.gsi;
  return gsi;
}

}  // namespace apicsim
