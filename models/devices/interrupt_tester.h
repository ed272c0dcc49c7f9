#pragma once

#include <cstdint>
#include <systemc>

#include "models/devices/pci/msi_capability.h"
#include "models/devices/pci/msix_capability.h"
#include "models/devices/pci/pci_function.h"
#include "models/devices/spec/interrupt_tester.h"
#include "models/fabric/dma_port.h"
#include "models/fabric/register_port.h"

namespace apicsim {

/// A PCI function that raises interrupts at the command of software: any vector of MSI-X (32) or of
/// MSI (8, with masks), INTA, SERR#; and that writes 1 to 8 bytes of software's choice anywhere as
/// a bus master. What a driver's device would do, without its driver.
///
/// An event goes out by MSI-X if that is enabled, else by MSI, else as INTA, which stays asserted
/// until every event has been retracted.
class InterruptTester final : public PciFunction {
 public:
  struct Statistics {
    std::uint64_t sent = 0;     ///< messages written, MSI and MSI-X
    std::uint64_t held = 0;     ///< events whose vector was masked
    std::uint64_t refused = 0;  ///< messages lost: bus master off, or answered with an error
  };

  RegisterPort<InterruptTester> registers;  ///< BAR 0
  RegisterPort<InterruptTester> msix;       ///< BAR 1: table and pending bits
  DmaPort dma;

  /// `system_error`: the board's SERR#, may be nullptr.
  InterruptTester(const sc_core::sc_module_name& name, const Timebase& timebase,
                  const PciAddress& address, const PciWiring& wiring, InterruptLine* system_error);

  const Statistics& statistics() const { return m_statistics; }

 private:
  std::uint64_t read(std::uint64_t offset, unsigned size, Cycle now);
  void write(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek(std::uint64_t offset, unsigned size, Cycle now) const;
  std::uint64_t read_msix(std::uint64_t offset, unsigned size, Cycle now);
  void write_msix(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek_msix(std::uint64_t offset, unsigned size, Cycle now) const;
  void config_written(unsigned offset, unsigned size, Cycle now) override;

  std::uint64_t quad(std::uint64_t offset) const;
  void command(std::uint64_t offset, std::uint32_t value, Cycle now);
  void raise(std::uint32_t vector, Cycle now);
  void retract(std::uint32_t vector, Cycle now);
  void send(const PciMessage& message, Cycle now);
  void release_pending(Cycle now);
  void show_pin(Cycle now);
  void signal_system_error(Cycle now);
  void write_memory(std::uint32_t length, Cycle now);

  const Timebase& m_timebase;
  InterruptLine* m_system_error;
  MsiCapability m_msi;
  MsixCapability m_msix;
  Statistics m_statistics;
  std::uint32_t m_events = 0;  ///< raised and not retracted, a bit per vector modulo 32
  std::uint64_t m_write_address = 0;
  std::uint64_t m_write_data = 0;
  std::uint32_t m_write_result = interrupt_tester::result_none;
};

}  // namespace apicsim
