#pragma once

#include <string>

#include "models/fabric/address_map.h"

namespace apicsim {

/// The two address maps of a machine, with the few ways in which a board fills them.
struct AddressSpaces {
  AddressMap& memory;
  AddressMap& ports;

  /// A device's registers; it sees offsets from `base`.
  template <typename Socket>
  static void place(AddressMap& map, Socket& socket, std::uint64_t base, std::uint64_t size,
                    const std::string& name) {
    AddressRegion region;
    region.base = base;
    region.size = size;
    region.name = name;
    region.target = map.connect(socket);
    map.add(region);
  }

  /// Registers that the board does not decode: bound, as every socket must be, but at no address.
  template <typename Socket>
  static void leave_out(AddressMap& map, Socket& socket) {
    map.connect(socket);
  }

  /// What the machine has here and the simulator does not model.
  static void place_unmodelled(AddressMap& map, std::uint64_t base, std::uint64_t size,
                               const std::string& name) {
    AddressRegion region;
    region.base = base;
    region.size = size;
    region.name = name;
    region.kind = AddressRegion::Kind::unmodelled;
    map.add(region);
  }
};

}  // namespace apicsim
