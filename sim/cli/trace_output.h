#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "sim/cli/output_file.h"
#include "sim/observe/event_order.h"
#include "sim/observe/probe_folder.h"
#include "sim/observe/trace_writer.h"

namespace apicsim {

/// A trace file that a run writes: sorts the events, folds the frequent probes if asked, writes.
class TraceOutput {
 public:
  /// Throws OutputError when the file cannot be created.
  TraceOutput(const std::filesystem::path& file, const TraceHeader& header);

  EventSink& sink() { return m_order; }
  /// After the stream's finish(): the file appears. Throws OutputError.
  void commit() { m_file.commit(); }

 private:
  OutputFile m_file;
  TraceWriter m_writer;
  ProbeFolder m_folder;
  EventOrder m_order;
};

}  // namespace apicsim
