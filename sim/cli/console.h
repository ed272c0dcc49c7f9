#pragma once

#include <cstdint>
#include <cstdio>
#include <ostream>

#include "models/devices/uart_16550.h"
#include "sim/run/progress.h"

namespace apicsim {

/// The far end of the guest's serial line: shows it on standard output and keeps a transcript of
/// the bytes as they came.
class Console final : public ByteSink {
 public:
  /// Each may be nullptr; none is owned. `line_buffered`: every line is shown when it is complete.
  Console(std::FILE* screen, bool line_buffered, std::ostream* transcript, Progress* progress)
      : m_screen(screen),
        m_line_buffered(line_buffered),
        m_transcript(transcript),
        m_progress(progress) {}

  /// Shows every byte as it came: otherwise carriage returns are left out, and a last line gets its
  /// end.
  void set_raw() { m_raw = true; }
  /// Another one who hears every byte; nullptr for none. Not owned.
  void set_listener(ByteSink* listener) { m_listener = listener; }

  void put(std::uint8_t byte, Cycle at) override;
  /// Ends an unfinished line on the screen and writes everything out.
  void finish();

 private:
  void show(char c);

  std::FILE* m_screen;
  bool m_line_buffered;
  std::ostream* m_transcript;
  Progress* m_progress;
  ByteSink* m_listener = nullptr;
  bool m_line_open = false;
  bool m_raw = false;
};

}  // namespace apicsim
