#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/time/cycle.h"

namespace apicsim {

/// A command by register that the unit carries out at a later cycle.
struct DeferredCommand {
  enum class Kind : std::uint8_t { global, protected_memory, context, iotlb };
  Kind kind = Kind::global;
  Cycle due = 0;
  std::uint64_t value = 0;     ///< what was written
  std::uint64_t argument = 0;  ///< IVA_REG at that time
};

/// Commands in the order in which they are due; those of one cycle in the order of their writes.
class DeferredCommands {
 public:
  bool empty() const { return m_commands.empty(); }
  Cycle due() const { return m_commands.empty() ? never : m_commands.front().due; }

  /// Global commands follow one another: the next begins when the last one is done.
  Cycle free_at(DeferredCommand::Kind kind, Cycle now) const {
    for (const DeferredCommand& command : m_commands)
      if (command.kind == kind) now = std::max(now, command.due);
    return now;
  }
  void add(const DeferredCommand& command) {
    const auto place =
        std::find_if(m_commands.begin(), m_commands.end(),
                     [&](const DeferredCommand& other) { return other.due > command.due; });
    m_commands.insert(place, command);
  }
  DeferredCommand take() {
    const DeferredCommand first = m_commands.front();
    m_commands.erase(m_commands.begin());
    return first;
  }

 private:
  std::vector<DeferredCommand> m_commands;
};

}  // namespace apicsim
