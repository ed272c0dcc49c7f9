#pragma once

#include <cstdint>

namespace apicsim {

/// Told when a modified line goes to memory: evicted, flushed, shared across sockets.
class WriteBackListener {
 public:
  virtual ~WriteBackListener() = default;
  /// `physical`: an address in the line.
  virtual void line_written_back(std::uint64_t physical) = 0;
};

}  // namespace apicsim
