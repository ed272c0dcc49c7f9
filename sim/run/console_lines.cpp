#include "sim/run/console_lines.h"

namespace apicsim {

void ConsoleLines::put(std::uint8_t byte, Cycle at) {
  const auto c = static_cast<char>(byte);
  if (!m_events.listening() || c == '\r') return;
  m_at = at;
  if (c != '\n') m_line += c == '\0' ? ' ' : c;
  if (c == '\n' || m_line.size() == longest) emit();
}

void ConsoleLines::finish() {
  if (!m_line.empty()) emit();
}

void ConsoleLines::emit() {
  const std::string text = without_time_stamp(m_line);
  m_line.clear();
  Event event;
  event.id = EventId::console_line;
  event.cycle = m_at;
  event.text = text.c_str();
  m_events.emit(event);
}

/// printk's "[%5lu.%06lu] " (Linux 3.13, kernel/printk/printk.c: print_time).
std::string ConsoleLines::without_time_stamp(const std::string& line) {
  const std::size_t end = line.find("] ");
  if (line.empty() || line[0] != '[' || end == std::string::npos) return line;
  const std::string stamp = line.substr(1, end - 1);
  const bool is_stamp = stamp.size() >= 12 && stamp.find('.') == stamp.size() - 7 &&
                        stamp.find_first_not_of(" .0123456789") == std::string::npos;
  return is_stamp ? line.substr(end + 2) : line;
}

}  // namespace apicsim
