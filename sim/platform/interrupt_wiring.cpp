#include "sim/platform/interrupt_wiring.h"

#include <fmt/format.h>

#include <variant>

namespace apicsim {

namespace {

constexpr std::uint16_t kPolarityMask = 3;
constexpr std::uint16_t kActiveLow = 3;  // MPS INTI flags, ACPI table 5-50
constexpr std::uint8_t kIsaBus = 0;

template <typename Visit>
void for_each_override(const Machine& machine, Visit visit) {
  for (const AcpiTable& table : machine.firmware.tables)
    if (const auto* madt = std::get_if<MadtDescription>(&table.body))
      for (const MadtEntry& entry : madt->entries)
        if (const auto* found = std::get_if<MadtOverride>(&entry))
          if (found->bus == kIsaBus) visit(*found);
}

/// A pin that the firmware calls active-low is wired so that an asserted line is low.
std::vector<bool> inverted_pins(const Machine& machine, const IoApicDevice& device) {
  std::vector<bool> inverted(device.entries, false);
  for_each_override(machine, [&](const MadtOverride& entry) {
    if ((entry.flags & kPolarityMask) != kActiveLow || entry.gsi < device.gsi_base) return;
    const std::uint32_t pin = entry.gsi - device.gsi_base;
    if (pin < device.entries) inverted[pin] = true;
  });
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
  for_each_override(m_machine, [&](const MadtOverride& entry) {
    if (entry.source == irq) gsi = entry.gsi;
  });
  return gsi;
}

}  // namespace apicsim
