#pragma once

#include <cstdint>
#include <systemc>

#include "models/devices/nic/nic.h"

namespace apicsim {

/// Frames that come from outside the machine: one, or a series of the same.
class FrameSource final : public sc_core::sc_module {
 public:
  struct Config {
    Cycle at = 0;  ///< of the first
    Frame bytes;   ///< without check sequence; padded to the shortest length
    std::uint64_t count = 1;
    Cycle period = 0;  ///< not 0 where there are several
  };

  SC_HAS_PROCESS(FrameSource);

  /// `sink` is not owned.
  FrameSource(const sc_core::sc_module_name& name, const Timebase& timebase, const Config& config,
              FrameSink& sink);

 private:
  void start_of_simulation() override;
  void send();

  const Timebase& m_timebase;
  Config m_config;
  FrameSink& m_sink;
  Frame m_frame;
  std::uint64_t m_sent = 0;
  sc_core::sc_event m_event;
};

}  // namespace apicsim
