#pragma once

#include <cstdint>

#include "models/iommu/dma_translation.h"
#include "models/iommu/remap_interrupt.h"
#include "models/iommu/spec/faults.h"
#include "models/iommu/vtd_events.h"
#include "models/iommu/vtd_registers.h"

namespace apicsim {

/// A fault recording register without its F bit.
struct FaultRecord {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

FaultRecord fault_record(const InterruptBlock& why, std::uint16_t source);
/// `page_request`: the fault is that of a page request message.
FaultRecord fault_record(const DmaFault& why, bool page_request = false);

/// Hears of faults as a unit finds them, whether it had a register left for them or not.
class RemappingFaultListener {
 public:
  virtual void remapping_fault(const FaultRecord& fault, bool lost, Cycle now) = 0;

 protected:
  ~RemappingFaultListener() = default;
};

/// Primary fault logging (§7.2.1), and the reports of FSTS with their event (§7.3).
class FaultLog {
 public:
  /// `records`: recording registers, 1 to 256. `address_types`, `pasids`: whether they have AT, and
  /// the fields of requests with PASID.
  struct Config {
    unsigned records = 1;
    bool address_types = false;
    bool pasids = false;
  };

  FaultLog(const Config& config, VtdRegisters& registers, VtdEvents& events)
      : m_config(config), m_registers(registers), m_events(events) {}

  /// Not owned; nullptr: nobody.
  void set_listener(RemappingFaultListener* listener) { m_listener = listener; }
  /// Into the next register, or lost: while that one is occupied, and until software has cleared
  /// PFO.
  void record(const FaultRecord& fault, Cycle now);
  /// Sets bits of FSTS; sends the event if no report was there before.
  void raise(std::uint32_t reports, Cycle now);
  /// Software has written FSTS or a record.
  void update();
  /// Faults that found no register.
  std::uint64_t lost() const { return m_lost; }

 private:
  std::uint32_t upper_half(unsigned index) const { return m_registers.fault_record(index) + 8; }
  std::uint64_t implemented_bits() const;

  Config m_config;
  VtdRegisters& m_registers;
  VtdEvents& m_events;
  RemappingFaultListener* m_listener = nullptr;
  unsigned m_next = 0;
  std::uint64_t m_lost = 0;
};

}  // namespace apicsim
