#pragma once

#include <array>
#include <cstdint>
#include <systemc>

#include "models/devices/pci/msi_capability.h"
#include "models/devices/pci/pci_function.h"
#include "models/devices/spec/edu.h"
#include "models/fabric/dma_port.h"
#include "models/fabric/register_port.h"

namespace apicsim {

/// Told what a DMA engine moved, for traces.
class DmaObserver {
 public:
  virtual ~DmaObserver() = default;
  /// `address`, `length`: the memory side; `to_memory`: direction; `ok`: all bytes were moved.
  virtual void dma(std::uint32_t requester_id, std::uint64_t address, std::uint64_t length,
                   bool to_memory, bool ok, Cycle at) = 0;
};

/// QEMU's educational PCI device 1234:11e8: factorials, interrupts at will, and a DMA engine with
/// 4096 bytes of its own.
///
/// A transfer takes place `dma_time` after its command; until then the DMA registers ignore
/// writes. Where QEMU 7.2 aborts (device side of a transfer outside the buffer) nothing is moved,
/// the command completes and the error is counted.
class Edu final : public PciFunction {
 public:
  struct Config {
    std::uint64_t dma_mask = 0x0FFFFFFF;  ///< address bits that the DMA engine drives
    Cycle dma_time = 0;                   ///< command to transfer; 100 ms in QEMU
    Cycle factorial_time = 0;             ///< write to result
    std::uint16_t subsystem_vendor_id = 0x1AF4;
    std::uint16_t subsystem_id = 0x1100;
  };

  struct Statistics {
    std::uint64_t transfers = 0;  ///< completed, in both directions
    std::uint64_t bytes_to_memory = 0;
    std::uint64_t bytes_from_memory = 0;
    std::uint64_t range_errors = 0;       ///< device side outside the buffer: not done
    std::uint64_t clamped_addresses = 0;  ///< memory address had bits outside dma_mask
    std::uint64_t refused_transfers = 0;  ///< bus master off, or the bus answered with an error
    std::uint64_t messages = 0;           ///< MSIs sent
  };

  SC_HAS_PROCESS(Edu);

  RegisterPort<Edu> registers;  ///< BAR 0
  DmaPort dma;

  Edu(const sc_core::sc_module_name& name, const Timebase& timebase, const PciAddress& address,
      const Config& config, const PciWiring& wiring);

  /// Not owned; nullptr for none.
  void set_observer(DmaObserver* observer) { m_observer = observer; }
  const Statistics& statistics() const { return m_statistics; }

 private:
  std::uint64_t read(std::uint64_t offset, unsigned size, Cycle now);
  void write(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek(std::uint64_t offset, unsigned size, Cycle now) const;
  void config_written(unsigned offset, unsigned size, Cycle now) override;

  void write_dma(std::uint64_t offset, std::uint64_t value, Cycle now);
  void start_factorial(std::uint32_t value, Cycle now);
  void finish_factorial();
  void move_data();
  void finish_dma();
  void transfer(sc_core::sc_time& delay);
  void move(std::uint64_t memory_address, std::uint64_t buffer_offset, bool to_memory,
            sc_core::sc_time& delay);
  void raise(std::uint32_t reasons, Cycle now);
  void acknowledge(std::uint32_t reasons, Cycle now);

  const Timebase& m_timebase;
  Config m_config;
  MsiCapability m_msi;
  DmaObserver* m_observer = nullptr;
  Statistics m_statistics;
  sc_core::sc_event m_factorial_event;
  sc_core::sc_event m_dma_event;
  sc_core::sc_event m_done_event;  ///< the bus has answered

  std::uint32_t m_liveness = 0;
  std::uint32_t m_factorial = 0;
  std::uint32_t m_status = 0;
  std::uint32_t m_interrupt_status = 0;
  std::uint64_t m_source = 0;
  std::uint64_t m_destination = 0;
  std::uint64_t m_count = 0;
  std::uint64_t m_command = 0;
  std::array<std::uint8_t, edu::buffer_size> m_buffer{};
};

}  // namespace apicsim
