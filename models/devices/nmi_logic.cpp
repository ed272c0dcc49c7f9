#include "models/devices/nmi_logic.h"

namespace apicsim {

void NmiLogic::Source::set(bool active, Cycle at) {
  const bool rises = active && !active_now;
  active_now = active;
  if (!rises || disabled) return;
  latched = true;
  logic.drive(at);
}

std::uint8_t NmiLogic::status() const {
  return static_cast<std::uint8_t>((m_system_error.latched ? system_error_status : 0) |
                                   (m_channel_check.latched ? channel_check_status : 0));
}

void NmiLogic::disable(Source& source, bool disabled) {
  source.disabled = disabled;
  if (disabled) source.latched = false;
}

void NmiLogic::write_enables(std::uint8_t value, Cycle at) {
  disable(m_system_error, (value & system_error_disable) != 0);
  disable(m_channel_check, (value & channel_check_disable) != 0);
  drive(at);
}

void NmiLogic::set_masked(bool masked, Cycle at) {
  m_masked = masked;
  drive(at);
}

void NmiLogic::drive(Cycle at) {
  if (m_output != nullptr) m_output->set(!m_masked && status() != 0, at);
}

}  // namespace apicsim
