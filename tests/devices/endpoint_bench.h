#pragma once

#include <cstdint>
#include <cstring>
#include <systemc>
#include <vector>

#include "models/devices/pci/pci_endpoint.h"
#include "models/fabric/address_map.h"
#include "models/memory/physical_memory.h"
#include "tests/devices/message_target.h"
#include "tests/devices/recording_line.h"
#include "tests/support/bus_driver.h"

namespace apicsim {

/// What surrounds a function that masters the bus: 16 MiB of memory, a taker of messages, its pin.
struct EndpointSurroundings {
  static constexpr std::uint64_t memory_size = std::uint64_t{16} << 20;
  static constexpr std::uint64_t messages = 0xFEE00000;

  Timebase timebase{1'000'000'000};
  PhysicalMemory memory{"memory", {{0, memory_size}}};
  AddressMap map{"map", std::uint64_t{1} << 40, AddressMap::UnmodelledPolicy::stop};
  MessageTarget target{"target", timebase};
  RecordingLine pin;
  Cycle now = 0;

  EndpointSurroundings() {
    place(map.connect(memory.socket), 0, memory_size, "memory");
    place(map.connect(target.socket), messages, 0x100000, "messages");
  }
  PciWiring wiring() { return {nullptr, nullptr, &pin}; }

  void place(unsigned index, std::uint64_t base, std::uint64_t size, const char* name) {
    AddressRegion region;
    region.base = base;
    region.size = size;
    region.name = name;
    region.target = index;
    region.relative = false;
    map.add(region);
  }
  /// Lets what is under way finish.
  void wait(Cycle cycles = 1'000'000) {
    now += cycles;
    run_to(timebase, now);
  }
  std::size_t sent() const { return target.writes.size(); }
  std::vector<std::uint8_t> bytes(std::uint64_t address, std::size_t count) {
    std::vector<std::uint8_t> found(count);
    for (std::size_t i = 0; i < count; ++i) found[i] = memory.read_value<std::uint8_t>(address + i);
    return found;
  }
  void put(std::uint64_t address, const std::vector<std::uint8_t>& what) {
    for (std::size_t i = 0; i < what.size(); ++i) memory.write_value(address + i, what[i]);
  }
};

constexpr unsigned command_register = 4;
constexpr unsigned status_register = 6;

/// Offset of a capability in the list; 0: there is none.
inline unsigned find_capability(const PciFunction& function, std::uint8_t id) {
  for (unsigned at = function.read_config(0x34, 1); at != 0; at = function.read_config(at + 1, 1))
    if (function.read_config(at, 1) == id) return at;
  return 0;
}

/// The same in the list of extended capabilities.
inline unsigned find_extended_capability(const PciFunction& function, std::uint16_t id) {
  for (unsigned at = 0x100; at != 0; at = function.read_config(at, 4) >> 20)
    if ((function.read_config(at, 4) & 0xFFFF) == id) return at;
  return 0;
}

/// MSI with one vector: data 0x4041 to the address of the first CPU.
inline void enable_msi(PciFunction& function) {
  const unsigned at = find_capability(function, pci::msi_capability_id);
  function.write_config(at + 4, 4, 0xFEE00000, 0);
  function.write_config(at + 12, 2, 0x4040, 0);
  function.write_config(at + 2, 2, 1, 0);
}

/// MSI-X on, entry `i` with data 0x50 + i; `table` reaches the table.
inline void enable_msix(PciFunction& function, BusDriver& table, unsigned vectors,
                        std::uint64_t offset = 0) {
  for (std::uint32_t i = 0; i < vectors; ++i) {
    table.write<std::uint64_t>(offset + 16 * i, 0xFEE00000);
    table.write<std::uint32_t>(offset + 16 * i + 8, 0x50 + i);
    table.write<std::uint32_t>(offset + 16 * i + 12, 0);
  }
  const unsigned at = find_capability(function, pci::msix_capability_id);
  function.write_config(at + 2, 2, 0x8000, 0);
}

}  // namespace apicsim
