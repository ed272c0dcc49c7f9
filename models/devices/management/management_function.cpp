#include "models/devices/management/management_function.h"

#include <algorithm>

#include "models/fabric/notify_at.h"

namespace apicsim {
namespace {

EndpointInterrupts no_messages() {
  EndpointInterrupts interrupts;
  interrupts.msi = false;
  return interrupts;
}

}  // namespace

ManagementFunction::ManagementFunction(const sc_core::sc_module_name& name,
                                       const Timebase& timebase, const PciAddress& address,
                                       const PciIdentity& identity,
                                       const std::vector<Access>& accesses, const PciWiring& wiring)
    : PciEndpoint(name, timebase, address, identity, no_messages(), wiring) {
  for (const Access& access : accesses) m_series.push_back({access, access.first, 0});
  SC_METHOD(act);
  sensitive << m_event;
  dont_initialize();
}

void ManagementFunction::start_of_simulation() { schedule(); }

void ManagementFunction::schedule() {
  Cycle next = never;
  for (const Series& series : m_series) next = std::min(next, series.next);
  notify_at(timebase(), m_event, next);
}

/// What is due at the same time is done in the order of the description.
void ManagementFunction::act() {
  const Cycle now = timebase().now();
  for (Series& series : m_series)
    if (series.next <= now) make(series, now);
  schedule();
}

void ManagementFunction::make(Series& series, Cycle now) {
  ++series.made;
  ++(perform(series, now) ? m_statistics.done : m_statistics.refused);
  const bool over = series.access.count != 0 && series.made >= series.access.count;
  const bool last = over || series.access.period >= never - series.next;
  series.next = last ? never : series.next + series.access.period;
}

bool ManagementFunction::perform(const Series& series, Cycle now) {
  const Access& access = series.access;
  m_data.assign(access.length, 0);
  Cycle at = now;
  if (access.kind == Access::Kind::read)
    return read_memory(access.address, m_data.data(), access.length, at);
  if (access.kind == Access::Kind::heartbeat)
    for (std::uint32_t i = 0; i < access.length && i < 8; ++i)
      m_data[i] = static_cast<std::uint8_t>(series.made >> (8 * i));
  return write_memory(access.address, m_data.data(), access.length, at);
}

}  // namespace apicsim
