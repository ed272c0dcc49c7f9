#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/firmware/firmware_description.h"

namespace apicsim {

/// Bytes that firmware leaves at a physical address.
struct FirmwareBlob {
  std::string name;  ///< "RSDP", "FACP", "SMBIOS entry" ...
  std::uint64_t address = 0;
  Bytes bytes;
};

struct FirmwareImage {
  std::vector<FirmwareBlob> blobs;  ///< ascending addresses, disjoint
  std::uint64_t rsdp_address = 0;
};

/// Builds all tables, gives those without an address one in the region, links them to the root
/// tables and the RSDP. Throws FirmwareError when a table does not fit the region, addresses
/// overlap, or an address does not fit the pointer that must hold it.
FirmwareImage place_firmware(const FirmwareDescription& firmware);

}  // namespace apicsim
