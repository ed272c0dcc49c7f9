#pragma once

#include <cstdint>
#include <optional>
#include <systemc>

#include "models/devices/pci/msi_capability.h"
#include "models/devices/pci/msix_capability.h"
#include "models/devices/pci/pci_function.h"
#include "models/fabric/dma_port.h"
#include "models/fabric/register_port.h"

namespace apicsim {

/// How an endpoint can interrupt.
struct EndpointInterrupts {
  bool msi = true;  ///< one vector, or as many as `msi_shape` says
  MsiShape msi_shape;
  std::optional<MsixShape> msix;
};

/// A PCI Express endpoint that masters the bus: reads and writes memory, sends messages, and can be
/// reset by itself.
///
/// Without Command.BusMaster it does neither (PCI 3.0 §6.2.2). What a refused access leaves in the
/// status register: Received Master Abort for an unsupported request, Received Target Abort for
/// other errors (PCIe 3.0 §7.5.1.2). Writes are posted: nobody answers them.
class PciEndpoint : public PciFunction {
 public:
  struct Statistics {
    std::uint64_t reads = 0;          ///< answered
    std::uint64_t writes = 0;         ///< accepted
    std::uint64_t bytes_read = 0;     ///< of those
    std::uint64_t bytes_written = 0;  ///< of those
    std::uint64_t refused = 0;        ///< reads and writes answered with an error
    std::uint64_t blocked = 0;        ///< reads, writes and messages not made: bus master off
    std::uint64_t messages = 0;       ///< MSI and MSI-X, sent and accepted
    std::uint64_t lost_messages = 0;  ///< sent, answered with an error
    std::uint64_t resets = 0;         ///< function level resets
  };

  DmaPort dma;

  const Statistics& bus_statistics() const { return m_statistics; }
  /// What firmware leaves in Command.BusMaster.
  void assign_bus_master(bool enabled);

 protected:
  using MsixPort = RegisterPort<PciEndpoint>;

  PciEndpoint(const sc_core::sc_module_name& name, const Timebase& timebase,
              const PciAddress& address, const PciIdentity& identity,
              const EndpointInterrupts& interrupts, const PciWiring& wiring);

  const Timebase& timebase() const { return m_timebase; }

  /// Moves `length` > 0 bytes; the access leaves at `at`, which becomes the cycle of its end.
  /// False: refused or blocked; what was to be read is all ones then.
  bool read_memory(std::uint64_t address, void* to, unsigned length, Cycle& at);
  bool write_memory(std::uint64_t address, const void* from, unsigned length, Cycle& at);
  /// The same through another port: under another requester id.
  bool read_memory(DmaPort& port, std::uint64_t address, void* to, unsigned length, Cycle& at);
  bool write_memory(DmaPort& port, std::uint64_t address, const void* from, unsigned length,
                    Cycle& at);
  /// Books an access that the device made through a port by itself.
  bool book_read(tlm::tlm_response_status status, unsigned length);
  bool book_write(tlm::tlm_response_status status, unsigned length);
  /// False, and counted, where the function may not master the bus.
  bool may_master();
  /// Delay from SystemC's time to `at`.
  sc_core::sc_time delay_until(Cycle at) const;

  /// MSI or MSI-X is on: the pin is not used (PCI 3.0 §6.8.2).
  bool message_signaled() const;
  bool msix_enabled() const { return m_msix && m_msix->enabled(); }
  /// An event for `vector` by MSI-X or MSI; nothing where both are off.
  void signal(unsigned vector, Cycle now);
  /// The event has been dealt with: a message that a mask still holds is dropped.
  void retract(unsigned vector);
  /// The wish to interrupt by INTx; shows while neither MSI nor MSI-X is on.
  void drive_pin(bool active, Cycle now);

  /// MSI-X table and pending bits, at the offsets of the shape.
  std::uint64_t peek_msix(std::uint64_t offset, unsigned size, Cycle now) const;
  std::uint64_t read_msix(std::uint64_t offset, unsigned size, Cycle now);
  void write_msix(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  static MsixPort::Handlers msix_handlers();

  /// Function level reset (PCIe 3.0 §6.6.2): the registers of the device as after power-on.
  virtual void reset_device(Cycle now) = 0;
  /// Derived classes that override this call it first.
  void config_written(unsigned offset, unsigned size, Cycle now) override;

 private:
  void add_express_capability();
  bool reset_requested();
  void reset_function(Cycle now);
  void send(const PciMessage& message, Cycle now);
  void release_pending(Cycle now);
  void book_error(tlm::tlm_response_status status);

  const Timebase& m_timebase;
  std::optional<MsiCapability> m_msi;
  std::optional<MsixCapability> m_msix;
  MsixShape m_msix_shape;
  unsigned m_express = 0;
  bool m_pin_wanted = false;
  Statistics m_statistics;
};

/// Where an MSI-X table has a BAR of its own: table at 0, pending bits in the second half.
MsixShape msix_in_own_bar(unsigned bar, std::uint64_t bar_size, unsigned vectors);

}  // namespace apicsim
