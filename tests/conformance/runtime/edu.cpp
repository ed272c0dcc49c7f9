#include "edu.h"

#include "cpu.h"

namespace {

constexpr u32 raise_register = 0x60, acknowledge_register = 0x64;
constexpr u32 source_register = 0x80, destination_register = 0x88, count_register = 0x90,
              command_register = 0x98;
constexpr u8 msi_capability = 5;

}  // namespace

Edu::Edu(unsigned index) {
  for (pci::Function f = 0; f < 256 && m_function == pci::none; ++f)
    if (pci::read32(f, 0) == 0x11E81234 && index-- == 0) m_function = f;
  if (exists()) pci::write16(m_function, pci::command, pci::memory_space | pci::bus_master);
}

bool Edu::run(u64 source, u64 destination, u32 size, u64 direction) const {
  const auto wide = [this](u32 offset) -> volatile u64& {
    return reinterpret_cast<volatile u64&>(memory(offset));
  };
  wide(source_register) = source;
  wide(destination_register) = destination;
  wide(count_register) = size;
  wide(command_register) = 1 | direction;
  return wait_until([&] { return (memory(command_register) & 1) == 0; });
}

void Edu::raise() const {
  memory(raise_register) = 1;
  memory(acknowledge_register) = 1;
}

void Edu::set_message(u64 address, u32 data) const {
  const u32 msi = pci::capability(m_function, msi_capability);
  pci::write32(m_function, msi + 4, static_cast<u32>(address));
  pci::write32(m_function, msi + 8, static_cast<u32>(address >> 32));
  pci::write16(m_function, msi + 12, static_cast<u16>(data));
}

void Edu::enable_message(bool on) const {
  pci::write16(m_function, pci::capability(m_function, msi_capability) + 2, on);
}
