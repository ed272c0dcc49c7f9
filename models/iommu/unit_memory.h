#pragma once

#include <cstdint>

#include "models/fabric/dma_port.h"
#include "models/iommu/dma_remapping.h"

namespace apicsim {

/// A unit's reads of its structures by its own port.
class UnitMemory final : public RemappingMemory {
 public:
  explicit UnitMemory(DmaPort& port) : m_port(port) {}

  bool read(std::uint64_t address, void* to, unsigned length, bool snoop) override;
  bool set_bits(std::uint64_t address, std::uint64_t bits) override;

 private:
  DmaPort& m_port;
};

}  // namespace apicsim
