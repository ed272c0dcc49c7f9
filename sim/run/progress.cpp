#include "sim/run/progress.h"

#include <fmt/format.h>

namespace apicsim {

namespace {

constexpr auto kInterval = std::chrono::milliseconds(1000);
constexpr std::uint64_t kMillion = 1'000'000;

}  // namespace

Progress::Progress(std::FILE* out, std::uint64_t reference_hz)
    : m_out(out), m_hz(reference_hz), m_last(Clock::now()) {}

void Progress::update(Cycle cycle, std::uint64_t instructions) {
  const auto now = Clock::now();
  if (now - m_last < kInterval) return;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - m_last).count();
  const auto speed =
      (instructions - m_last_instructions) / 1000 / static_cast<std::uint64_t>(elapsed);
  m_last = now;
  m_last_instructions = instructions;
  if (m_line_open) return;
  const auto microseconds = static_cast<std::uint64_t>(WideCycle{cycle} * kMillion / m_hz);
  const std::string line = fmt::format(
      "\r\033[K{}.{:03} s simulated, {} M instructions, {} M instr/s", microseconds / kMillion,
      microseconds / 1000 % 1000, instructions / kMillion, speed);
  std::fputs(line.c_str(), m_out);
  std::fflush(m_out);
  m_shown = true;
}

void Progress::hide() {
  if (!m_shown) return;
  std::fputs("\r\033[K", m_out);
  std::fflush(m_out);
  m_shown = false;
}

}  // namespace apicsim
