#pragma once

#include <cstdint>
#include <optional>

#include "models/apic/local_apic_config.h"
#include "models/fabric/interrupt_message.h"

namespace apicsim {

/// One local APIC: the xAPIC page and the x2APIC MSRs over one register file.
///
/// Used by its CPU (registers, pending events) and by the interrupt fabric (InterruptTarget).
/// Time only advances by advance(); nothing here schedules SystemC events.
class LocalApic final : public InterruptTarget {
 public:
  LocalApic(const LocalApicConfig& config, InterruptSink& fabric, AttentionListener& listener);

  // --- events, seen from the CPU ---------------------------------------------------------------
  /// Earliest cycle at which an arrival or the timer changes this APIC; `never` if none is pending.
  Cycle next_event() const;
  /// Takes every arrival and expiry at or before `now`, in order of cycle, then of acceptance.
  void advance(Cycle now);
  /// A fixed interrupt is pending whose class is above PPR's (SDM Vol. 3 §11.8.3); IF not looked at.
  bool interrupt_pending() const;
  /// IRR -> ISR for the highest pending vector; the spurious vector if there is none (§11.9).
  std::uint8_t acknowledge(Cycle now);
  /// NMI, INIT and SIPI are latched here until the CPU takes them.
  bool nmi_pending() const;
  void clear_nmi();
  bool init_pending() const;
  void clear_init();
  std::optional<std::uint8_t> start_up_vector() const;
  void clear_start_up();

  // --- registers, seen from the CPU. A false or empty result is a #GP(0) ------------------------
  std::uint64_t apic_base() const;
  bool write_apic_base(std::uint64_t value, Cycle now);
  /// Physical address of the register page while it is decoded (xAPIC mode), else nullopt.
  std::optional<std::uint64_t> page() const;
  /// `offset` 0..0xFFF within the page, `size` 1, 2, 4, 8 bytes.
  std::uint64_t read_page(std::uint32_t offset, unsigned size, Cycle now);
  void write_page(std::uint32_t offset, unsigned size, std::uint64_t value, Cycle now);
  /// MSRs 0x800..0x8FF (x2APIC) and 0x6E0 (IA32_TSC_DEADLINE).
  std::optional<std::uint64_t> read_msr(std::uint32_t index, Cycle now);
  bool write_msr(std::uint32_t index, std::uint64_t value, Cycle now);
  std::uint8_t cr8() const;                       ///< 0..15
  void set_cr8(std::uint8_t value, Cycle now);    ///< 0..15
  /// CPUID.1:EDX[9] follows IA32_APIC_BASE.EN (SDM Vol. 3 §11.4.3).
  bool enabled() const;
  /// Power-up (§11.4.7.1) and INIT (§11.4.7.3).
  void reset();
  void init();

  // --- InterruptTarget, seen from the fabric ----------------------------------------------------
  bool matches(const InterruptMessage& message) const override;
  std::uint8_t arbitration_priority() const override;
  void accept(const InterruptMessage& message, Cycle arrival) override;

 private:
  // To be completed by the model.
};

}  // namespace apicsim
