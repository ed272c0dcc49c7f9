#include "sim/platform/interrupt_wiring.h"

#include <fmt/format.h>

namespace apicsim {

namespace {

/// An asserted line that is active-low is low at its pin.
std::vector<bool> inverted_pins(const Machine& machine, const IoApicDevice& device) {
  std::vector<bool> inverted(device.entries, false);
  for (const IsaRoute& route : machine.wiring.isa) {
    if (!route.active_low || route.gsi < device.gsi_base) continue;
    const std::uint32_t pin = route.gsi - device.gsi_base;
    if (pin < device.entries) inverted[pin] = true;
  }
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
