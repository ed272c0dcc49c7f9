#pragma once

#include <vector>

#include "models/devices/pci/pci_function.h"
#include "models/devices/pci/pci_upstream.h"

namespace apicsim {

/// A PCI-to-PCI bridge or PCI Express port: a type 1 header whose bus numbers, windows and command
/// register decide what gets through (Bridge Architecture Specification 1.2 chapters 3 and 4).
///
/// The functions behind it keep the bus number of the machine description: with another secondary
/// bus number none of them is found. A secondary bus reset and the VGA and ISA modes are not
/// modelled.
class PciBridge final : public PciFunction, public PciUpstream {
 public:
  PciBridge(const sc_core::sc_module_name& name, const PciAddress& address,
            const PciIdentity& identity, const PciWiring& wiring);

  /// What firmware leaves behind: numbers, forwarding of memory, I/O and requests enabled.
  void assign_buses(std::uint8_t secondary, std::uint8_t subordinate);
  /// Widens the window of memory (I/O) as far as the granules that hold first..last.
  void assign_memory(std::uint64_t first, std::uint64_t last);
  void assign_io(std::uint64_t first, std::uint64_t last);

  /// `function`, not owned, lies directly behind this bridge.
  void attach(PciFunction& function);

  bool forwards_memory(std::uint64_t first, std::uint64_t last) const override;
  bool forwards_io(std::uint64_t first, std::uint64_t last) const override;
  bool forwards_requests() const override { return bus_master_enabled(); }
  std::uint8_t secondary() const override;
  bool forwards_bus(std::uint8_t bus) const override;

 protected:
  void config_written(unsigned offset, unsigned size, Cycle now) override;
  void upstream_changed() override;

 private:
  /// Addresses first..last; none where first is larger.
  struct Window {
    std::uint64_t first, last;
  };

  void declare_header(const PciIdentity& identity);
  Window memory_window() const;
  Window prefetchable_window() const;
  Window io_window() const;
  void windows_changed();

  std::vector<PciFunction*> m_behind;
};

}  // namespace apicsim
