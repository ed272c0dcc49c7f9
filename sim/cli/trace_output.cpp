#include "sim/cli/trace_output.h"

namespace apicsim {

namespace {

/// Cycles by which events of different CPUs may come out of order: the scheduler's lookahead and
/// the longest cost of one instruction, with room.
constexpr Cycle kWindow = 1'000'000;

}  // namespace

TraceOutput::TraceOutput(const std::filesystem::path& file, const TraceHeader& header)
    : m_file(file),
      m_writer(m_file.stream(), header),
      m_folder(m_writer),
      m_order(header.folded ? static_cast<EventSink&>(m_folder) : m_writer, kWindow) {}

}  // namespace apicsim
