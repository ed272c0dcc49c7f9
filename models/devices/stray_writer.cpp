#include "models/devices/stray_writer.h"

#include "models/fabric/notify_at.h"

namespace apicsim {

StrayWriter::StrayWriter(const sc_core::sc_module_name& name, const Timebase& timebase,
                         const Config& config)
    : sc_module(name), dma("dma", config.requester_id), m_timebase(timebase), m_config(config) {
  SC_METHOD(write);
  sensitive << m_event;
  dont_initialize();
}

void StrayWriter::start_of_simulation() {
  if (!m_config.bytes.empty()) notify_at(m_timebase, m_event, m_config.at);
}

void StrayWriter::write() {
  sc_core::sc_time delay;
  m_response = dma.write(m_config.address, m_config.bytes.data(),
                         static_cast<unsigned>(m_config.bytes.size()), delay);
  m_done = true;
}

}  // namespace apicsim
