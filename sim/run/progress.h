#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>

#include "models/time/cycle.h"

namespace apicsim {

/// One line on a terminal that says how far a long run is: simulated time, instructions, speed.
/// Whoever writes lines to the same terminal calls hide() before.
class Progress {
 public:
  /// `out`: a terminal, not owned. Nothing is shown in the first seconds.
  Progress(std::FILE* out, std::uint64_t reference_hz);

  void update(Cycle cycle, std::uint64_t instructions);
  /// Clears the line; the next update shows it again.
  void hide();
  /// While text stands unfinished on the terminal's line, the progress line stays away.
  void set_line_open(bool open) { m_line_open = open; }
  void finish() { hide(); }

 private:
  using Clock = std::chrono::steady_clock;

  std::FILE* m_out;
  std::uint64_t m_hz;
  Clock::time_point m_last;
  std::uint64_t m_last_instructions = 0;
  bool m_shown = false;
  bool m_line_open = false;
};

}  // namespace apicsim
