#include "sim/cli/console.h"

namespace apicsim {

void Console::put(std::uint8_t byte, Cycle at) {
  const auto c = static_cast<char>(byte);
  if (m_listener != nullptr) m_listener->put(byte, at);
  if (m_transcript != nullptr) m_transcript->put(c);
  if (m_screen != nullptr && (m_raw || c != '\r')) show(c);
}

void Console::show(char c) {
  if (m_progress != nullptr && !m_line_open) m_progress->hide();
  std::fputc(c, m_screen);
  m_line_open = c != '\n';
  if (m_progress != nullptr) m_progress->set_line_open(m_line_open);
  if (!m_line_open && m_line_buffered) std::fflush(m_screen);
}

void Console::finish() {
  if (m_screen == nullptr) return;
  if (m_line_open && !m_raw) show('\n');
  std::fflush(m_screen);
}

}  // namespace apicsim
