#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/observe/trace_file.h"

namespace apicsim {

/// A trace with all its events, and names and texts for each of them.
struct TraceContent {
  TraceFile file;
  std::vector<TraceEvent> events;

  /// Throws TraceError.
  explicit TraceContent(TraceFile trace);
  static TraceContent load(const std::filesystem::path& path) {
    return TraceContent(TraceFile::load(path));
  }

  const TraceKind& kind(const TraceEvent& event) const {
    return file.decoder().kinds()[event.kind];
  }
};

}  // namespace apicsim
