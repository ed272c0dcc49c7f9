#pragma once

#include <cstdint>

#include "models/devices/spec/pit_8254.h"

namespace apicsim {

/// One counter of an 8254, computed from the clock tick at which it is looked at: nothing is
/// counted down. Ticks are numbers of the CLK input's edges; calls come in ascending order of them.
class PitCounter {
 public:
  /// Bits 5:0 of a control word that selects this counter.
  void write_control(std::uint8_t control, std::uint64_t tick);
  void write_count(std::uint8_t byte, std::uint64_t tick);
  std::uint8_t read(std::uint64_t tick);
  void latch_count(std::uint64_t tick);
  void latch_status(std::uint64_t tick);
  void set_gate(bool high, std::uint64_t tick);

  bool gate() const { return m_gate; }
  bool output(std::uint64_t tick) const;
  std::uint16_t count(std::uint64_t tick) const;
  /// Tick of the next change of the output after `tick`; ~0 if nothing will change it.
  std::uint64_t next_change(std::uint64_t tick) const;

  static constexpr std::uint64_t no_tick = ~std::uint64_t{0};

 private:
  /// What the counting element does from a tick on.
  struct Run {
    std::uint64_t initial = 0;  ///< count loaded, 1..65536 (10000 in BCD)
    std::uint64_t start = 0;    ///< tick at which it is loaded
    bool loaded = false;        ///< a count was written since the control word
    bool counting = false;      ///< else stands at `elapsed`
    std::uint64_t elapsed = 0;  ///< while not counting
  };

  bool periodic() const { return m_mode == 2 || m_mode == 3; }
  bool triggered() const { return m_mode == 1 || m_mode == 5; }
  std::uint64_t modulus() const { return m_bcd ? 10'000 : 0x10000; }
  const Run& run_at(std::uint64_t tick) const;
  static std::uint64_t elapsed(const Run& run, std::uint64_t tick);
  std::uint64_t period_end(std::uint64_t tick) const;
  void settle(std::uint64_t tick);
  void load(std::uint16_t value, std::uint64_t tick);
  std::uint8_t status(std::uint64_t tick) const;
  std::uint16_t coded(std::uint64_t value) const;

  std::uint8_t m_control = 0;  ///< bits 5:0 as written
  unsigned m_mode = 0;         ///< 0..5
  bool m_bcd = false;
  pit::Access m_access = pit::Access::low_then_high;
  bool m_gate = true;
  Run m_run;
  Run m_next;  ///< takes over at its start; `loaded` says whether there is one
  bool m_write_high = false;
  bool m_read_high = false;
  std::uint8_t m_written_low = 0;
  bool m_count_latched = false;
  std::uint16_t m_latched_count = 0;
  bool m_status_latched = false;
  std::uint8_t m_latched_status = 0;
};

}  // namespace apicsim
