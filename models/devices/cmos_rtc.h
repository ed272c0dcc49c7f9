#pragma once

#include <array>
#include <cstdint>
#include <systemc>

#include "models/devices/calendar.h"
#include "models/devices/nmi_logic.h"
#include "models/devices/spec/rtc_mc146818.h"
#include "models/fabric/interrupt_line.h"
#include "models/fabric/register_target.h"
#include "models/time/clock.h"

namespace apicsim {

/// MC146818 clock and its RAM behind ports 0x70 and 0x71. Its time starts where the configuration
/// says and advances with simulated time. Seconds turn over at whole seconds since cycle 0, and
/// from half a second after software has released the divider chain (register A, bits 6:4) on.
class CmosRtc final : public RegisterTarget {
 public:
  struct Config {
    std::uint64_t start_seconds = 0;  ///< since 1970-01-01 00:00:00, at cycle 0
  };

  SC_HAS_PROCESS(CmosRtc);

  /// `line`: interrupt 8, may be nullptr.
  CmosRtc(const sc_core::sc_module_name& name, const Timebase& timebase, const Config& config,
          InterruptLine* line);

  /// Presets a byte of the RAM, as firmware does; `index` 0x0E..0x7F.
  void preset(unsigned index, std::uint8_t value) { m_ram.at(index) = value; }
  /// What bit 7 of port 0x70 belongs to; may be nullptr.
  void set_nmi_logic(NmiLogic* logic) { m_nmi = logic; }

 private:
  std::uint64_t read_register(std::uint64_t offset, unsigned size, Cycle now) override;
  void write_register(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) override;
  std::uint64_t peek_register(std::uint64_t offset, unsigned size, Cycle now) const override;

  std::uint8_t peek_byte(unsigned index, Cycle now) const;
  std::uint8_t read_byte(unsigned index, Cycle now);
  void write_byte(unsigned index, std::uint8_t value, Cycle now);
  void write_index(std::uint8_t value, Cycle now);
  void write_b(std::uint8_t value, Cycle now);

  void write_a(std::uint8_t value, Cycle now);
  bool divider_runs() const { return (m_a & rtc::a_divider) == rtc::a_divider_32khz; }
  bool halted() const { return (m_b & rtc::b_set) != 0 || !divider_runs(); }
  std::uint64_t divider_seconds(Cycle now) const;
  std::uint64_t seconds(Cycle now) const;
  CalendarTime time(Cycle now) const;
  void set_time(const CalendarTime& time, Cycle now);
  bool update_soon(Cycle now) const;
  std::uint8_t coded(unsigned value) const;
  unsigned decoded(std::uint8_t value) const;
  std::uint8_t coded_hour(unsigned hour) const;
  unsigned decoded_hour(std::uint8_t value) const;
  std::uint8_t time_byte(unsigned index, const CalendarTime& time) const;
  void set_time_byte(unsigned index, std::uint8_t value, CalendarTime& time) const;

  std::uint64_t period_ticks() const;
  bool alarm_matches(std::uint64_t at_seconds) const;
  std::uint64_t next_alarm(std::uint64_t after_seconds) const;
  std::uint8_t flags(Cycle now) const;
  void forget_flags(Cycle now);
  Cycle second_edge(std::uint64_t second) const;
  Cycle next_request(Cycle now) const;
  void request_due();
  void update_line(Cycle now);

  Clock m_crystal;
  InterruptLine* m_line;
  NmiLogic* m_nmi = nullptr;
  sc_core::sc_event m_request_event;

  std::array<std::uint8_t, rtc::ram_size> m_ram{};
  unsigned m_index = 0;
  std::uint8_t m_a = rtc::a_reset;
  std::uint8_t m_b = rtc::b_24_hours;
  std::uint64_t m_base;               ///< time in seconds at the start of m_base_tick's second
  std::uint64_t m_base_tick = 0;      ///< whole seconds of the divider chain at that moment
  std::uint64_t m_divider_phase = 0;  ///< crystal ticks that the chain is ahead of cycle 0
  CalendarTime m_halted_time;         ///< while SET holds the updates
  std::uint64_t m_seen_period = 0;    ///< periodic ticks that register C has reported
  std::uint64_t m_seen_second = 0;    ///< time up to which updates and alarms were reported
};

}  // namespace apicsim
