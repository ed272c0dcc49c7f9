#include "models/core/physical_port.h"

#include <algorithm>

namespace apicsim {

PhysicalPort::PhysicalPort(Socket& memory, Socket& io, const Timebase& timebase)
    : m_memory(memory), m_io(io), m_timebase(timebase), m_regions(regions) {
  m_payload.set_extension(&m_initiator);
}

PhysicalPort::~PhysicalPort() { m_payload.clear_extension(&m_initiator); }

std::byte* PhysicalPort::host_slow(u64 physical) {
  m_payload.set_command(tlm::TLM_READ_COMMAND);
  m_payload.set_address(physical);
  tlm::tlm_dmi dmi;
  if (!m_memory->get_direct_mem_ptr(m_payload, dmi) || !dmi.is_read_write_allowed()) return nullptr;
  Region& region = m_regions[(physical >> region_shift) & (regions - 1)];
  const u64 chunk = physical >> region_shift << region_shift;
  region.tag = physical >> region_shift;
  region.first = std::max<u64>(dmi.get_start_address(), chunk);
  region.last = std::min<u64>(dmi.get_end_address(), chunk + (u64{1} << region_shift) - 1);
  region.host =
      reinterpret_cast<std::byte*>(dmi.get_dmi_ptr()) + (region.first - dmi.get_start_address());
  return region.host + (physical - region.first);
}

Cycle PhysicalPort::transport(Space space, bool write, u32 cpu, Cycle at, u64 address, void* data,
                              unsigned size) {
  m_initiator.kind = Initiator::Kind::cpu;
  m_initiator.id = cpu;
  m_payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  m_payload.set_address(address);
  m_payload.set_data_ptr(static_cast<unsigned char*>(data));
  m_payload.set_data_length(size);
  m_payload.set_streaming_width(size);
  m_payload.set_byte_enable_ptr(nullptr);
  m_payload.set_dmi_allowed(false);
  m_payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay = m_timebase.to_sc_time(at) - sc_core::sc_time_stamp();
  (space == Space::memory ? m_memory : m_io)->b_transport(m_payload, delay);
  if (!write && m_payload.is_response_error())
    std::memset(data, 0xFF, size);  // nobody drove the bus
  const Cycle done = m_timebase.now(delay);
  return done > at ? done - at : 0;
}

}  // namespace apicsim
