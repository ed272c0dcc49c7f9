#pragma once

#include <cstdint>

#include "models/fabric/dma_port.h"
#include "models/fabric/interrupt_message.h"
#include "models/iommu/vtd_registers.h"

namespace apicsim {

/// The unit's own interrupts (§5.1.6, §7.3): fault, invalidation completion and page request event,
/// each with a control register (IM, IP), data, address and upper address. Named by the offset of
/// the control register.
class VtdEvents {
 public:
  VtdEvents(VtdRegisters& registers, InterruptSink& interrupts, DmaPort& dma)
      : m_registers(registers), m_interrupts(interrupts), m_dma(dma) {}

  /// EIME as SIRTP took it over: destinations have 32 bits (§10.4.13).
  void set_extended(bool extended) { m_extended = extended; }

  /// An interrupt condition has come up: sends the message, or holds it while IM is set.
  void raise(std::uint32_t control, Cycle now);
  /// Software has written the control register: sends what was held if IM is clear.
  void unmask(std::uint32_t control, Cycle now);
  /// All conditions have been served: what was held is dropped.
  void serve(std::uint32_t control) { m_registers.clear_bits(control, vtd::interrupt_pending); }

 private:
  void send(std::uint32_t control, Cycle now);

  VtdRegisters& m_registers;
  InterruptSink& m_interrupts;
  DmaPort& m_dma;
  bool m_extended = false;
};

}  // namespace apicsim
