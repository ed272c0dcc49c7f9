#pragma once

#include <array>
#include <cstdint>
#include <systemc>
#include <vector>

#include "models/devices/spec/hpet.h"
#include "models/fabric/dma_port.h"
#include "models/fabric/interrupt_line.h"
#include "models/fabric/register_port.h"
#include "models/time/clock.h"

namespace apicsim {

/// An HPET block with a 64-bit counter: one-shot and periodic timers, edge and level, routed to
/// I/O APIC pins, to the legacy interrupts or as messages (FSB delivery).
///
/// The counter is computed from the cycle of the access; nothing is counted. Accesses are aligned
/// doublewords or quadwords (§2.3), others read zero and write nothing.
class Hpet final : public sc_core::sc_module {
 public:
  struct Config {
    std::uint64_t hz = 14'318'180;
    unsigned timers = 3;                          ///< 1..32
    std::uint32_t capabilities = 0x8086A201;      ///< low half; the timer count is put in
    std::uint32_t route_capability = 0x00F00000;  ///< pins that timers may use, one bit each
    /// The same for single timers, the first one first; those not named have the above.
    std::vector<std::uint32_t> route_capabilities;
    unsigned periodic_timers = 1;    ///< the first ones of them
    bool messages = false;           ///< FSB delivery
    std::uint32_t requester_id = 0;  ///< of the messages
  };

  SC_HAS_PROCESS(Hpet);

  RegisterPort<Hpet> registers;  ///< 1 KiB
  DmaPort dma;                   ///< messages
  /// Where the interval timer and the calendar clock come in: their interrupts leave through the
  /// HPET block, which puts those of its timers 0 and 1 in their place (§2.3.5, Table 3).
  InterruptLine& pit_input() { return m_legacy[0]; }
  InterruptLine& rtc_input() { return m_legacy[1]; }

  /// `pins[n]`: pin n of the I/O APIC; short or with nullptr where a pin is not wired. Throws
  /// std::invalid_argument for a number of timers or a frequency out of range.
  Hpet(const sc_core::sc_module_name& name, const Timebase& timebase, const Config& config,
       std::vector<InterruptLine*> pins);

  /// The board's interrupts 0 and 8 of legacy replacement, instead of pins 2 and 8 alone. Either
  /// may be nullptr.
  void set_legacy_outputs(InterruptLine* irq_0, InterruptLine* irq_8);

 private:
  /// An interrupt that belongs to an old timer or, in legacy replacement, to one of this block.
  class LegacyOutput final : public InterruptLine {
   public:
    void set(bool active, Cycle at) override;
    void set_timer(bool active, Cycle at);
    /// An edge that the 8259 can take its time with: the line stays high until the next one.
    void edge(Cycle at);
    void set_replaced(bool replaced, Cycle at);
    void connect(InterruptLine* output) { m_output = output; }

   private:
    void show(Cycle at) const;

    InterruptLine* m_output = nullptr;
    bool m_old = false;
    bool m_timer = false;
    bool m_replaced = false;
  };
  struct Timer {
    std::uint64_t configuration = 0;
    std::uint64_t comparator = ~std::uint64_t{0};
    std::uint64_t period = 0;
    std::uint64_t fsb_route = 0;
    std::uint64_t match = no_tick;  ///< clock tick at which counter and comparator meet next
  };
  static constexpr std::uint64_t no_tick = ~std::uint64_t{0};
  /// A write to a part of a 64-bit register: bits in place, and which of them were written.
  struct Written {
    std::uint64_t bits;
    std::uint64_t mask;
    std::uint64_t over(std::uint64_t old) const { return (old & ~mask) | bits; }
  };

  std::uint64_t read(std::uint64_t offset, unsigned size, Cycle now);
  void write(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek(std::uint64_t offset, unsigned size, Cycle now) const;
  std::uint64_t quad(std::uint64_t offset, Cycle now) const;
  std::uint64_t timer_quad(std::uint64_t offset) const;
  void write_quad(std::uint64_t offset, const Written& written, Cycle now);
  void write_timer(Timer& timer, std::uint64_t reg, const Written& written);
  void write_comparator(Timer& timer, const Written& written);
  static void write_timer_configuration(Timer& timer, std::uint64_t value);
  void write_enable(std::uint64_t value, Cycle now);

  bool enabled() const { return (m_configuration & hpet::enable) != 0; }
  std::uint64_t counter(Cycle now) const;
  static std::uint64_t width_mask(const Timer& timer);
  void find_match(Timer& timer, std::uint64_t tick) const;
  void settle(Cycle now);
  void advance(Timer& timer, std::uint64_t tick) const;
  void fire(unsigned index, Cycle at);
  unsigned output_of(unsigned index) const;
  void drive_outputs(Cycle now);
  void release_legacy_outputs(Cycle now);
  void set_output(unsigned output, bool active, Cycle at);
  void send_message(const Timer& timer, Cycle at);
  void schedule();
  void match_due();

  const Timebase& m_timebase;
  Config m_config;
  Clock m_clock;
  std::vector<InterruptLine*> m_pins;
  std::uint64_t m_capabilities;
  sc_core::sc_event m_match_event;

  std::uint64_t m_configuration = 0;
  std::uint64_t m_status = 0;
  std::uint64_t m_count = 0;       ///< counter at m_count_tick, or while halted
  std::uint64_t m_count_tick = 0;  ///< tick of the clock
  std::uint64_t m_driven = 0;      ///< outputs held active by level-triggered timers
  std::array<LegacyOutput, 2> m_legacy;
  std::vector<Timer> m_timers;
};

}  // namespace apicsim
