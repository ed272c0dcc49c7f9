#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "models/core/types.h"
#include "models/time/cycle.h"

namespace apicsim {

/// The lines that MONITOR has armed, of all CPUs (SDM Vol. 3 §8.10.4).
///
/// While a page holds an armed line no TLB grants stores to it, so that every store passes the slow
/// path, which calls written(). CPUs may be woken without need: that is allowed.
class MonitorTable {
 public:
  static constexpr u64 line_size = 64;

  /// `cpus`: number of CPUs; the callbacks get CPU numbers below it.
  explicit MonitorTable(u32 cpus) : m_lines(cpus, no_line) {}

  /// Called with a physical page: no TLB may grant stores to it from now on.
  void on_armed(std::function<void(u64 page)> callback) { m_on_armed = std::move(callback); }
  /// Called for each CPU whose line was written, in the order of their numbers; the line is
  /// disarmed already.
  void on_written(std::function<void(u32 cpu, Cycle at)> callback) {
    m_on_written = std::move(callback);
  }

  /// Arms the line that holds `physical`, in place of the one this CPU had armed before.
  void arm(u32 cpu, u64 physical) {
    disarm(cpu);
    m_lines[cpu] = physical & ~(line_size - 1);
    ++m_armed;
    if (m_on_armed) m_on_armed(physical & ~u64{0xFFF});
  }
  void disarm(u32 cpu) {
    if (m_lines[cpu] == no_line) return;
    m_lines[cpu] = no_line;
    --m_armed;
  }
  bool armed(u32 cpu) const { return m_lines[cpu] != no_line; }

  /// Whether stores to the physical page must be reported.
  bool watches(u64 page) const {
    if (m_armed == 0) return false;
    for (const u64 line : m_lines)
      if ((line & ~u64{0xFFF}) == page) return true;
    return false;
  }
  /// A store of a CPU or a device to [physical, physical + size), size at least 1.
  void written(u64 physical, u64 size, Cycle at) {
    if (m_armed == 0) return;
    for (u32 cpu = 0; cpu < m_lines.size(); ++cpu) {
      const u64 line = m_lines[cpu];
      if (line == no_line || physical + size <= line || physical >= line + line_size) continue;
      disarm(cpu);
      if (m_on_written) m_on_written(cpu, at);
    }
  }

 private:
  static constexpr u64 no_line = ~u64{0};

  std::vector<u64> m_lines;
  u32 m_armed = 0;
  std::function<void(u64)> m_on_armed;
  std::function<void(u32, Cycle)> m_on_written;
};

}  // namespace apicsim
