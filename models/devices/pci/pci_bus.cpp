#include "models/devices/pci/pci_bus.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace apicsim {
namespace {

bool is_led_to(const PciFunction& function) {
  const PciUpstream* const bridge = function.upstream();
  const std::uint8_t bus = function.address().bus;
  return bridge == nullptr || (bridge->secondary() == bus && bridge->forwards_bus(bus));
}

bool before(const PciFunction* function, std::uint16_t id) {
  return function->address().requester_id() < id;
}

}  // namespace

void PciBus::add(PciFunction& function) {
  const PciAddress& at = function.address();
  if (at.device > 31 || at.function > 7 || find(at) != nullptr)
    throw std::invalid_argument(fmt::format("PCI address {:02x}:{:02x}.{} of {} is {}", at.bus,
                                            at.device, at.function, function.name(),
                                            find(at) != nullptr ? "taken" : "out of range"));
  const auto place =
      std::lower_bound(m_functions.begin(), m_functions.end(), at.requester_id(), before);
  m_functions.insert(place, &function);
}

PciFunction* PciBus::find(const PciAddress& address) const {
  const std::uint16_t id = address.requester_id();
  const auto place = std::lower_bound(m_functions.begin(), m_functions.end(), id, before);
  if (place == m_functions.end() || (*place)->address().requester_id() != id) return nullptr;
  return is_led_to(**place) ? *place : nullptr;
}

std::uint32_t PciBus::read(const PciAddress& address, unsigned offset, unsigned size) const {
  const PciFunction* const function = find(address);
  return function == nullptr ? 0xFFFFFFFF : function->read_config(offset, size);
}

void PciBus::write(const PciAddress& address, unsigned offset, unsigned size, std::uint32_t value,
                   Cycle now) const {
  PciFunction* const function = find(address);
  if (function != nullptr) function->write_config(offset, size, value, now);
}

}  // namespace apicsim
