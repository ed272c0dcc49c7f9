#pragma once

#include <cstdint>

namespace apicsim {

/// What lies between a PCI function and the root of its segment.
class PciUpstream {
 public:
  /// Whether accesses to first..last get from the primary to the secondary side.
  virtual bool forwards_memory(std::uint64_t first, std::uint64_t last) const = 0;
  virtual bool forwards_io(std::uint64_t first, std::uint64_t last) const = 0;
  /// Whether requests of the functions behind it get to the primary side: Bus Master Enable.
  virtual bool forwards_requests() const = 0;
  /// The bus on the secondary side.
  virtual std::uint8_t secondary() const = 0;
  /// Whether configuration accesses to a bus get to the secondary side.
  virtual bool forwards_bus(std::uint8_t bus) const = 0;

 protected:
  ~PciUpstream() = default;
};

}  // namespace apicsim
