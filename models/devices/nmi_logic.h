#pragma once

#include <cstdint>

#include "models/fabric/interrupt_line.h"

namespace apicsim {

/// The NMI logic of a PC: what SERR# and IOCHK# become, behind the enables of port 0x61 and the
/// gate in bit 7 of port 0x70 (ICH9 data sheet, 316972, §13.7.1 and §13.7.2). The ports belong to
/// the interval timer and the calendar clock, which pass on what software writes there.
class NmiLogic {
 public:
  /// `output`: the NMI wire to the processors; nullptr for none.
  explicit NmiLogic(InterruptLine* output) : m_output(output) {}

  InterruptLine& system_error() { return m_system_error; }    ///< SERR#
  InterruptLine& channel_check() { return m_channel_check; }  ///< IOCHK#

  /// Bits 7 and 6 of port 0x61: which source has asked for an NMI.
  std::uint8_t status() const;
  /// Software wrote port 0x61: bits 2 and 3 set disable a source and clear its status.
  void write_enables(std::uint8_t value, Cycle at);
  /// Bit 7 of port 0x70 is set: no NMI reaches the processors.
  void set_masked(bool masked, Cycle at);

  static constexpr std::uint8_t system_error_status = 0x80;
  static constexpr std::uint8_t channel_check_status = 0x40;
  static constexpr std::uint8_t channel_check_disable = 0x08;
  static constexpr std::uint8_t system_error_disable = 0x04;

 private:
  struct Source final : InterruptLine {
    explicit Source(NmiLogic& owner) : logic(owner) {}
    void set(bool active, Cycle at) override;

    NmiLogic& logic;
    bool active_now = false;
    bool latched = false;
    bool disabled = false;
  };

  static void disable(Source& source, bool disabled);
  void drive(Cycle at);

  InterruptLine* m_output;
  Source m_system_error{*this};
  Source m_channel_check{*this};
  bool m_masked = true;  ///< NMI_EN resets to 1, which disables
};

}  // namespace apicsim
