#pragma once

#include <cstdint>

#include "models/time/clock.h"

namespace apicsim {

/// Which implementation of the local APIC a processor has; the version register (SDM Vol. 3
/// §11.4.8) tells them apart.
enum class ApicGeneration : std::uint8_t {
  i82489dx,  ///< version 0x0X: a chip beside an i486 or Pentium, on a serial bus
  p6,        ///< version 0x10..0x13: Pentium and P6 family, 4-bit ids, on a serial bus
  xapic,     ///< version 0x14 and later: Pentium 4 and later, messages on the system interconnect
};

/// What distinguishes one local APIC from another; resolved from the machine description.
struct LocalApicConfig {
  std::uint32_t cpu = 0;            ///< logical CPU number, 0-based
  std::uint32_t apic_id = 0;        ///< initial APIC id (CPUID leaf 1 EBX[31:24], leaf 0xB EDX)
  bool bootstrap = false;           ///< IA32_APIC_BASE.BSP
  bool x2apic = true;               ///< CPUID.1:ECX[21]
  bool tsc_deadline = true;         ///< CPUID.1:ECX[24]
  std::uint8_t version = 0x15;      ///< LVR[7:0], as `generation` says; Sandy Bridge-EP: 0x15
  std::uint8_t max_lvt = 6;         ///< LVR[23:16], number of LVT entries - 1; 6 with CMCI
  bool directed_eoi = true;         ///< LVR[24], suppress-EOI-broadcast supported
  Clock timer;                      ///< input clock of the APIC timer before the divider
  Clock tsc;                        ///< clock of the time-stamp counter
  std::uint8_t physical_bits = 46;  ///< MAXPHYADDR, CPUID leaf 0x80000008 EAX[7:0], 36..52
  bool lowest_priority_ipi = true;  ///< an ICR may send lowest-priority IPIs (ESR bit 4 if not)
  ApicGeneration generation = ApicGeneration::xapic;
  /// Messages leave over a serial bus, which says when (SerialBusAgent::transmitted).
  bool serial_bus = false;
  Cycle send_time = 0;  ///< cycles for which an IPI occupies the APIC: ICR says "send pending"
};

/// Told when an APIC wants its CPU to look at it at `cycle` (or earlier than it had said before).
class AttentionListener {
 public:
  virtual ~AttentionListener() = default;
  virtual void attention(std::uint32_t cpu, Cycle cycle) = 0;
};

}  // namespace apicsim
