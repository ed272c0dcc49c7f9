#include "models/iommu/unit_memory.h"

namespace apicsim {

bool UnitMemory::read(std::uint64_t address, void* to, unsigned length, bool snoop) {
  RequestTag tag;
  tag.no_snoop = !snoop;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  return m_port.read(address, to, length, delay, tag) == tlm::TLM_OK_RESPONSE;
}

/// One step of the simulation: nobody comes between the read and the write.
bool UnitMemory::set_bits(std::uint64_t address, std::uint64_t bits) {
  std::uint64_t word = 0;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  if (m_port.read(address, &word, sizeof word, delay) != tlm::TLM_OK_RESPONSE) return false;
  word |= bits;
  return m_port.write(address, &word, sizeof word, delay) == tlm::TLM_OK_RESPONSE;
}

}  // namespace apicsim
