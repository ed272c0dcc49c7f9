#include "models/devices/nic/frame_source.h"

#include "models/fabric/notify_at.h"

namespace apicsim {

FrameSource::FrameSource(const sc_core::sc_module_name& name, const Timebase& timebase,
                         const Config& config, FrameSink& sink)
    : sc_module(name), m_timebase(timebase), m_config(config), m_sink(sink), m_frame(config.bytes) {
  append_check_sequence(m_frame, true);
  SC_METHOD(send);
  sensitive << m_event;
  dont_initialize();
}

void FrameSource::start_of_simulation() { notify_at(m_timebase, m_event, m_config.at); }

void FrameSource::send() {
  m_sink.arrive(m_frame, m_timebase.now());
  if (++m_sent < m_config.count)
    notify_at(m_timebase, m_event, m_config.at + m_sent * m_config.period);
}

}  // namespace apicsim
