#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <systemc>
#include <vector>

#include "models/devices/pci/pci_address.h"
#include "models/devices/pci/pci_config_space.h"
#include "models/devices/pci/pci_upstream.h"
#include "models/fabric/address_map.h"
#include "models/fabric/interrupt_line.h"
#include "models/fabric/unmodelled.h"
#include "models/time/cycle.h"

namespace apicsim {

/// What identifies a PCI function to software.
struct PciIdentity {
  std::uint16_t vendor_id = 0xFFFF;
  std::uint16_t device_id = 0xFFFF;
  std::uint8_t revision = 0;
  std::uint32_t class_code = 0;  ///< 24 bits: class, subclass, programming interface
  std::uint16_t subsystem_vendor_id = 0;
  std::uint16_t subsystem_id = 0;
  std::uint8_t interrupt_pin = 0;  ///< 1 INTA .. 4 INTD, 0 none
  bool multi_function = false;
  bool express = false;  ///< 4096 bytes of configuration space
};

/// What a PCI function is wired to; nothing is owned, nullptr where there is no such wire.
struct PciWiring {
  RegionMapper* memory = nullptr;  ///< map of physical addresses
  RegionMapper* ports = nullptr;   ///< map of I/O ports
  InterruptLine* interrupt = nullptr;
  /// Hears what a device is asked for that its model does not do; without it Unmodelled is thrown.
  UnmodelledListener* unmodelled = nullptr;
};

/// A PCI function with a type 0 header. By itself it is "inert": identity and registers, no
/// behaviour. Devices derive from it.
///
/// A BAR is mapped while the command register enables its space and its address is neither zero
/// nor that of sizing (all ones); where the map has no room it stays unmapped. A BAR without a
/// target is mapped as unmodelled.
class PciFunction : public sc_core::sc_module {
 public:
  PciFunction(const sc_core::sc_module_name& name, const PciAddress& address,
              const PciIdentity& identity, const PciWiring& wiring);

  const PciAddress& address() const { return m_address; }

  /// Configuration accesses: `offset` 0..4095, `size` 1, 2 or 4, not across the end of a dword
  /// register. Beyond its configuration space the function has no registers: all ones, dropped.
  std::uint32_t read_config(unsigned offset, unsigned size) const;
  void write_config(unsigned offset, unsigned size, std::uint32_t value, Cycle now);

  /// Gives a BAR the target that answers there: the result of AddressMap::connect. Before the run.
  void set_bar_target(unsigned index, unsigned target);
  /// What firmware leaves behind: address of the BAR, and its space enabled in the command
  /// register.
  void assign_bar(unsigned index, std::uint64_t address);
  void assign_interrupt_line(std::uint8_t line);

  /// Where its BARs are, whether enabled or not.
  struct BarRange {
    bool io;
    std::uint64_t first, last;
  };
  std::vector<BarRange> bar_ranges() const;

  /// The bridge that it lies behind, not owned; nullptr: on the root bus. Before the run.
  void set_upstream(const PciUpstream* bridge);
  const PciUpstream* upstream() const { return m_upstream; }
  /// What the bridges above it let through is otherwise now.
  virtual void upstream_changed();

  /// By its own command register and those of the bridges above it.
  bool bus_master_enabled() const;
  /// True while the INTx pin is asserted towards the board.
  bool interrupt_asserted() const { return m_interrupt_driven; }

 protected:
  enum class BarKind : std::uint8_t { io, memory32, memory64 };

  /// `size`: a power of two, at least 16 (memory) or 4 (I/O). In the constructor.
  void declare_bar(unsigned index, BarKind kind, std::uint64_t size, bool prefetchable = false);
  PciConfigSpace& config() { return m_config; }
  const PciConfigSpace& config() const { return m_config; }
  /// The device's wish to interrupt by INTx; the pin follows unless the command register forbids.
  void set_interrupt(bool active, Cycle now);
  /// All registers that software can change become zero; BARs are unmapped, the pin is let go.
  void reset_config(Cycle now);
  /// The device was asked for something that it has and the model does not do.
  void unmodelled(const std::string& what, Cycle now) const;
  /// Called after a write by software changed registers of offset ..< offset + size.
  virtual void config_written(unsigned offset, unsigned size, Cycle now);

 private:
  struct Bar {
    std::uint64_t size = 0;  ///< 0: not implemented
    BarKind kind = BarKind::memory32;
    bool has_target = false;
    unsigned target = 0;
    bool mapped = false;
    std::uint64_t mapped_at = 0;
  };

  std::uint64_t bar_address(unsigned index) const;
  bool bar_decodes(unsigned index, std::uint64_t address) const;
  bool reaches(BarKind kind, std::uint64_t first, std::uint64_t last) const;
  void update_bars();
  void map_bar(unsigned index);
  void unmap_bar(unsigned index);
  void drive_interrupt(Cycle now);
  RegionMapper* map_of(const Bar& bar) const;
  std::string bar_name(unsigned index) const;

  PciAddress m_address;
  PciWiring m_wiring;
  const PciUpstream* m_upstream = nullptr;
  PciConfigSpace m_config;
  std::array<Bar, pci::bar_count> m_bars{};
  bool m_interrupt_wanted = false;
  bool m_interrupt_driven = false;
};

}  // namespace apicsim
