#include "models/devices/debug_exit.h"

namespace apicsim {

DebugExit::DebugExit(const sc_core::sc_module_name& name, const Timebase& timebase,
                     ExitListener& listener)
    : RegisterTarget(name, timebase), m_listener(listener) {}

std::uint64_t DebugExit::read_register(std::uint64_t, unsigned, Cycle) { return 0; }

std::uint64_t DebugExit::peek_register(std::uint64_t, unsigned, Cycle) const { return 0; }

void DebugExit::write_register(std::uint64_t, unsigned, std::uint64_t value, Cycle now) {
  m_listener.debug_exit(static_cast<std::uint32_t>(value), now);
}

}  // namespace apicsim
