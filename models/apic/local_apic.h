#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "models/apic/apic_timer.h"
#include "models/apic/arrival_queue.h"
#include "models/apic/local_apic_config.h"
#include "models/apic/spec/local_apic_registers.h"
#include "models/apic/vector_set.h"
#include "models/fabric/interrupt_message.h"
#include "models/fabric/serial_bus_agent.h"

namespace apicsim {

/// What happened to the interrupts of one local APIC, in interrupts. Nothing vanishes:
/// received + local = settled(), accepted = acknowledged + forgotten + bits set in IRR, and the
/// copies that the fabric delivered = received + under way + discarded.
struct LocalApicCounters {
  std::uint64_t received = 0;           ///< copies of messages that arrived
  std::uint64_t local = 0;              ///< raised here: by an LVT entry or as a self-IPI
  std::uint64_t accepted = 0;           ///< fixed: set a bit of IRR
  std::uint64_t merged = 0;             ///< what it would set (bit of IRR, latch) was set already
  std::uint64_t disabled = 0;           ///< refused: IA32_APIC_BASE.EN is clear
  std::uint64_t software_disabled = 0;  ///< fixed, refused: SVR.8 is clear
  std::uint64_t illegal = 0;            ///< fixed with a vector below 16
  std::uint64_t discarded = 0;          ///< on the way here at a reset
  std::uint64_t acknowledged = 0;       ///< IRR -> ISR
  std::uint64_t forgotten = 0;          ///< bits of IRR that INIT, reset or disabling cleared
  std::uint64_t spurious = 0;           ///< acknowledged with nothing to deliver
  std::uint64_t nmi = 0;                ///< latched
  std::uint64_t smi = 0;                ///< latched
  std::uint64_t init = 0;               ///< latched
  std::uint64_t start_up = 0;           ///< latched
  std::uint64_t ext_int = 0;            ///< latched
  std::uint64_t timer = 0;              ///< expiries of the timer with its LVT entry unmasked
  std::uint64_t errors = 0;             ///< causes recorded for ESR
  std::uint64_t end_of_interrupt = 0;   ///< EOI writes that ended an interrupt in service

  LocalApicCounters& operator+=(const LocalApicCounters& other);

  /// What became of all that was received or raised here: received + local is the sum of these.
  std::uint64_t settled() const {
    return accepted + merged + nmi + smi + init + start_up + ext_int + disabled +
           software_disabled + illegal;
  }
};

/// One local APIC: the xAPIC page and the x2APIC MSRs over one register file.
///
/// Used by its CPU (registers, pending events) and by the interrupt fabric (InterruptTarget).
/// Time only advances by advance() and by the register accesses, which take their cycle; nothing
/// here schedules SystemC events. Of what happens in one cycle, messages come before the timer.
class LocalApic final : public InterruptTarget, private SerialBusAgent {
 public:
  LocalApic(const LocalApicConfig& config, InterruptSink& fabric, AttentionListener& listener);

  // --- events, seen from the CPU ---------------------------------------------------------------
  /// Earliest cycle at which an arrival or the timer changes this APIC; `never` if none is pending.
  Cycle next_event() const { return m_next_event; }
  /// Takes every arrival and expiry at or before `now`, in order of cycle, then of acceptance.
  void advance(Cycle now) {
    while (m_next_event <= now) take_next_event();
  }
  /// A fixed interrupt is pending whose class is above PPR's (SDM Vol. 3 §11.8.3); IF not looked
  /// at.
  bool interrupt_pending() const { return m_interrupt_pending; }
  /// IRR -> ISR for the highest pending vector; the spurious vector if there is none (§11.9).
  std::uint8_t acknowledge(Cycle now);
  /// Cycle at which the vector was last set in IRR; 0 before that.
  Cycle accepted_at(std::uint8_t vector) const { return m_accepted_at[vector]; }
  /// NMI, SMI, INIT and SIPI are latched here until the CPU takes them. An INIT drops an older
  /// SIPI; of several SIPIs the last one counts; several NMIs or SMIs are one.
  bool nmi_pending() const { return m_nmi_pending; }
  void clear_nmi() { m_nmi_pending = false; }
  bool smi_pending() const { return m_smi_pending; }
  void clear_smi() { m_smi_pending = false; }
  bool init_pending() const { return m_init_pending; }
  void clear_init() { m_init_pending = false; }
  std::optional<std::uint8_t> start_up_vector() const { return m_start_up_vector; }
  void clear_start_up() { m_start_up_vector.reset(); }
  /// An interrupt whose vector comes from the external controller (8259) by an INTA cycle, §11.5.1.
  /// From a pin it is pending as long as the controller drives the pin; from a message until
  /// clear_ext_int().
  bool ext_int_pending() const { return m_ext_int_pin || m_ext_int_message; }
  void clear_ext_int() { m_ext_int_message = false; }

  // --- registers, seen from the CPU. A false or empty result is a #GP(0) ------------------------
  std::uint64_t apic_base() const { return m_apic_base; }
  bool write_apic_base(std::uint64_t value, Cycle now);
  /// Physical address of the register page while it is decoded (xAPIC mode), else nullopt.
  std::optional<std::uint64_t> page() const;
  /// `offset` 0..0xFFF within the page, `size` 1, 2, 4, 8 bytes. Only 4 bytes on a 16-byte border
  /// reach a register (§11.4.1); other accesses read zero and write nothing.
  std::uint64_t read_page(std::uint32_t offset, unsigned size, Cycle now);
  void write_page(std::uint32_t offset, unsigned size, std::uint64_t value, Cycle now);
  /// MSRs 0x800..0x8FF (x2APIC) and 0x6E0 (IA32_TSC_DEADLINE).
  std::optional<std::uint64_t> read_msr(std::uint32_t index, Cycle now);
  bool write_msr(std::uint32_t index, std::uint64_t value, Cycle now);
  std::uint8_t cr8() const;                     ///< 0..15
  void set_cr8(std::uint8_t value, Cycle now);  ///< 0..15
  /// The processor has IA32_APIC_BASE: an 82489DX is no part of it.
  bool has_apic_base() const { return m_config.generation != ApicGeneration::i82489dx; }
  /// CPUID.1:EDX[9]: an APIC on the chip, and IA32_APIC_BASE.EN (SDM Vol. 3 §11.4.3).
  bool announced() const { return has_apic_base() && enabled(); }
  bool enabled() const { return (m_apic_base & lapic::base::enable) != 0; }
  bool x2apic_mode() const { return (m_apic_base & lapic::base::extended) != 0; }
  /// IA32_TSC was written: it now reads the ticks of its clock plus `offset` (modulo 2^64).
  void set_tsc_offset(std::uint64_t offset, Cycle now);
  /// Power-up (§11.4.7.1) and INIT (§11.4.7.3).
  void reset();
  void init();
  /// The timer stands from `from` on and goes on at `at`: deep C-states without ARAT (§11.5.4).
  void stop_timer(Cycle from);
  void resume_timer(Cycle at);

  // --- local interrupt sources, §11.5.1 ---------------------------------------------------------
  enum class LocalSource : std::uint8_t { cmci, thermal, performance };
  void signal(LocalSource source, Cycle now);
  /// The LINT0 or LINT1 pin (`pin` 0 or 1) is driven high or low. While the APIC is disabled by
  /// IA32_APIC_BASE they are the INTR and NMI pins of the processor (§11.4.3).
  void set_lint(unsigned pin, bool high, Cycle now);
  /// The processor's INIT# pin is pulsed: latched as an INIT message is, also while the APIC is
  /// disabled.
  void pulse_init(Cycle now);

  // --- InterruptTarget, seen from the fabric ----------------------------------------------------
  bool matches(const InterruptMessage& message) const override;
  std::uint8_t arbitration_priority() const override;
  void accept(const InterruptMessage& message, Cycle arrival) override;
  SerialBusAgent* bus_agent() override { return m_config.serial_bus ? this : nullptr; }

  // --- for statistics and dumps -----------------------------------------------------------------
  const LocalApicCounters& counters() const { return m_counters; }
  /// Value of a register of the specification as of `now`, in either mode, without side effects.
  std::uint32_t peek(std::uint32_t offset, Cycle now) const;
  bool in_service(std::uint8_t vector) const { return m_isr.test(vector); }
  bool requested(std::uint8_t vector) const { return m_irr.test(vector); }
  std::size_t under_way() const { return m_arrivals.size(); }  ///< messages yet to arrive

 private:
  // base
  bool allows_apic_base(std::uint64_t value) const;
  void clear_registers();
  void leave();
  void enter_x2apic();
  std::uint32_t logical_x2apic_id() const;

  // register file
  std::uint32_t& stored(std::uint32_t offset) { return m_registers[offset >> 4]; }
  std::uint32_t stored(std::uint32_t offset) const { return m_registers[offset >> 4]; }
  lapic::Interface page_interface() const;
  lapic::Interface interface() const;
  bool has(lapic::Feature feature) const;
  const lapic::RegisterSpec* implemented(std::uint32_t offset) const;
  lapic::WriteMasks masks(const lapic::RegisterSpec& spec) const;
  std::uint32_t version() const;
  void write_register(const lapic::RegisterSpec& spec, std::uint32_t value, Cycle now);
  bool write_x2apic(const lapic::RegisterSpec& spec, std::uint64_t value, Cycle now);
  void write_svr(std::uint32_t value, Cycle now);
  void write_eoi(Cycle now);
  void write_esr();

  // local vector table
  bool software_enabled() const { return (stored(lapic::reg::svr) & lapic::svr::enable) != 0; }
  void write_lvt(std::uint32_t offset, std::uint32_t value, Cycle now);
  void mask_all_lvts();
  bool deliver_lvt(std::uint32_t offset, Cycle now);
  ApicTimer::Mode timer_mode() const;
  void update_divider(Cycle now);
  bool timer_masked() const { return (stored(lapic::reg::lvt_timer) & lapic::lvt::mask) != 0; }
  void sample_lint(unsigned pin, Cycle now);
  bool lint_active(unsigned pin) const;
  void update_ext_int_pin(Cycle now);
  void end_lint(std::uint8_t vector, Cycle now);

  // inter-processor interrupts
  InterruptMessage decode_icr() const;
  void write_icr(Cycle now);
  void send_ipi(const InterruptMessage& message, Cycle now);
  void send_self_ipi(std::uint8_t vector, Cycle now);
  bool send_pending(Cycle now) const { return m_unsent > 0 || now < m_send_end; }
  bool matches_logical(const InterruptMessage& message) const;

  // serial bus
  bool before_xapic() const { return m_config.generation != ApicGeneration::xapic; }
  std::uint32_t apr() const;
  bool has_room(std::uint8_t vector) const;
  void catch_up(Cycle at) override { advance(at); }
  std::uint8_t arbitration_id() const override;
  bool is_focus(std::uint8_t vector) const override;
  BusAnswer answer(const InterruptMessage& message) const override;
  void transmitted(Cycle at, bool accepted) override;
  void saw_unaccepted(Cycle at) override;
  std::uint32_t remote_value(std::uint32_t offset, Cycle at) const override;
  void remote_read_done(std::uint32_t value, bool valid, Cycle at) override;

  // acceptance
  void take_next_event();
  void take(const Arrival& arrival, Cycle now);
  void accept_fixed(std::uint8_t vector, bool level_triggered, Cycle now);
  void latch_nmi(Cycle now);
  void latch_smi(Cycle now);
  void latch_init(Cycle now);
  void latch_start_up(std::uint8_t vector, Cycle now);
  void latch_ext_int(Cycle now);
  void error(std::uint32_t cause, Cycle now);
  void schedule();
  Cycle timer_event() const { return timer_masked() ? never : m_timer.expiry(); }

  // priority
  std::uint32_t ppr() const;
  void update_pending(Cycle now);
  void set_tpr(std::uint8_t value, Cycle now);

  Cycle m_next_event = never;
  bool m_interrupt_pending = false;
  bool m_nmi_pending = false;
  bool m_smi_pending = false;
  bool m_init_pending = false;
  bool m_ext_int_message = false;
  bool m_ext_int_pin = false;
  std::optional<std::uint8_t> m_start_up_vector;
  std::uint64_t m_apic_base = 0;
  VectorSet m_irr;
  VectorSet m_isr;
  VectorSet m_tmr;
  std::array<std::uint32_t, 64> m_registers{};
  std::array<Cycle, 256> m_accepted_at{};
  unsigned m_unsent = 0;              ///< IPIs that wait for the serial bus
  bool m_off_bus = false;             ///< disabled on a serial bus: until the next reset, §11.4.3
  Cycle m_send_end = 0;               ///< the last IPI has left, SDM Vol. 3 §11.6.1
  std::uint32_t m_error_causes = 0;   ///< since the last write to ESR
  bool m_error_signalled = false;     ///< the error interrupt waits for a write to ESR
  std::array<bool, 2> m_lint_high{};  ///< LINT0, LINT1
  ApicTimer m_timer;
  ArrivalQueue m_arrivals;
  LocalApicCounters m_counters;

  const LocalApicConfig m_config;
  InterruptSink& m_fabric;
  AttentionListener& m_listener;
};

}  // namespace apicsim
