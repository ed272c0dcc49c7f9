#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "models/devices/pci/pci_endpoint.h"

namespace apicsim {

/// A function that reads and writes memory by itself from power-on, whatever the operating system
/// does: a management processor that looks after its reserved memory, a storage controller that
/// firmware has left running. No registers but its configuration space.
class ManagementFunction final : public PciEndpoint {
 public:
  struct Access {
    enum class Kind : std::uint8_t {
      read,
      write,      ///< zero bytes
      heartbeat,  ///< the number of the access, 4 bytes
    };
    Kind kind = Kind::read;
    std::uint64_t address = 0;
    std::uint32_t length = 64;  ///< 1..4096; heartbeat: 4
    Cycle first = 0;
    Cycle period = never;     ///< never: once
    std::uint64_t count = 0;  ///< 0: for ever
  };

  struct Statistics {
    std::uint64_t done = 0;
    std::uint64_t refused = 0;  ///< by the bus, or for want of bus mastering
  };

  SC_HAS_PROCESS(ManagementFunction);

  ManagementFunction(const sc_core::sc_module_name& name, const Timebase& timebase,
                     const PciAddress& address, const PciIdentity& identity,
                     const std::vector<Access>& accesses, const PciWiring& wiring);

  const Statistics& statistics() const { return m_statistics; }

 private:
  struct Series {
    Access access;
    Cycle next = never;
    std::uint64_t made = 0;
  };

  void start_of_simulation() override;
  /// A function level reset does not reach the processor behind the function.
  void reset_device(Cycle) override {}
  void act();
  void make(Series& series, Cycle now);
  bool perform(const Series& series, Cycle now);
  void schedule();

  std::vector<Series> m_series;
  std::vector<std::uint8_t> m_data;
  sc_core::sc_event m_event;
  Statistics m_statistics;
};

}  // namespace apicsim
