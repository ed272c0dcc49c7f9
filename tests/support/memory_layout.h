#pragma once

#include "models/fabric/address_map.h"
#include "models/fabric/interrupt_fabric.h"
#include "models/memory/physical_memory.h"

namespace apicsim {

/// What every small machine of the tests has in its physical address space: memory from 0 on, and
/// the window of interrupt messages, which only devices reach (SDM Vol. 3 §11.11.1).
inline void map_memory_and_messages(AddressMap& map, PhysicalMemory& memory,
                                    std::uint64_t memory_size, InterruptFabric& interrupts) {
  AddressRegion ram;
  ram.size = memory_size;
  ram.name = "ram";
  ram.relative = false;
  ram.target = map.connect(memory.socket);
  map.add(ram);
  AddressRegion messages;
  messages.base = 0xFEE00000;
  messages.size = 0x100000;
  messages.name = "interrupt messages";
  messages.origin = AddressRegion::Origin::device;
  messages.target = map.connect(interrupts.socket);
  map.add(messages);
}

}  // namespace apicsim
