// The TLM side of PhysicalMemory: blocking and debug transport, direct memory pointers.
#include <algorithm>

#include "models/fabric/initiator.h"
#include "models/memory/physical_memory.h"

namespace apicsim {

void PhysicalMemory::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const tlm::tlm_response_status status = access(payload);
  payload.set_response_status(status);
  if (status != tlm::TLM_OK_RESPONSE) return;
  payload.set_dmi_allowed(true);
  if (reads_dram(payload)) return;
  if (m_dram && payload.is_write())
    m_dram->written_back(payload.get_address(), payload.get_data_length());
  if (m_bus_listener)
    m_bus_listener->bus_access(payload.get_address(), payload.get_data_length(),
                               payload.is_write());
}

/// A read that does not ask the caches.
bool PhysicalMemory::reads_dram(const tlm::tlm_generic_payload& payload) const {
  if (!m_dram || !payload.is_read() || payload.get_byte_enable_ptr() != nullptr) return false;
  const auto* const initiator = payload.get_extension<Initiator>();
  return initiator != nullptr && initiator->tag.no_snoop;
}

tlm::tlm_response_status PhysicalMemory::access(tlm::tlm_generic_payload& payload) {
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) return tlm::TLM_COMMAND_ERROR_RESPONSE;
  const unsigned length = payload.get_data_length();
  if (length == 0 || payload.get_streaming_width() < length) return tlm::TLM_BURST_ERROR_RESPONSE;
  const std::uint64_t address = payload.get_address();
  if (!is_ram(address, length)) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  const bool enables = payload.get_byte_enable_ptr() != nullptr;
  if (enables && payload.get_byte_enable_length() == 0) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;

  if (payload.is_read()) {
    if (enables)
      read_enabled(payload);
    else if (reads_dram(payload))
      m_dram->read(address, payload.get_data_ptr(), length);
    else
      read(address, payload.get_data_ptr(), length);
  } else if (enables) {
    write_enabled(payload);
  } else {
    write(address, payload.get_data_ptr(), length);
  }
  return tlm::TLM_OK_RESPONSE;
}

void PhysicalMemory::read_enabled(const tlm::tlm_generic_payload& payload) {
  const unsigned char* const enable = payload.get_byte_enable_ptr();
  for (unsigned i = 0; i < payload.get_data_length(); ++i)
    if (enable[i % payload.get_byte_enable_length()] == TLM_BYTE_ENABLED)
      read(payload.get_address() + i, payload.get_data_ptr() + i, 1);
}

void PhysicalMemory::write_enabled(const tlm::tlm_generic_payload& payload) {
  const unsigned char* const enable = payload.get_byte_enable_ptr();
  for (unsigned i = 0; i < payload.get_data_length(); ++i)
    if (enable[i % payload.get_byte_enable_length()] == TLM_BYTE_ENABLED)
      write(payload.get_address() + i, payload.get_data_ptr() + i, 1);
}

unsigned PhysicalMemory::transport_dbg(tlm::tlm_generic_payload& payload) {
  const std::uint64_t address = payload.get_address();
  unsigned length = payload.get_data_length();
  const RamRange* const range = range_of(address);
  if (range == nullptr) return 0;
  length =
      static_cast<unsigned>(std::min<std::uint64_t>(length, range->size - (address - range->base)));
  if (payload.is_read()) return read(address, payload.get_data_ptr(), length) ? length : 0;
  if (payload.is_write()) return write(address, payload.get_data_ptr(), length) ? length : 0;
  return 0;
}

bool PhysicalMemory::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const std::uint64_t address = payload.get_address();
  const RamRange* const range = range_of(address);
  if (range == nullptr) {
    dmi.allow_none();
    return false;
  }
  const std::uint64_t chunk = address & ~(chunk_size - 1);
  const std::uint64_t first = std::max(chunk, range->base);
  const std::uint64_t last = std::min(chunk + chunk_size, range->base + range->size) - 1;
  dmi.set_dmi_ptr(reinterpret_cast<unsigned char*>(host(first)));
  dmi.set_start_address(first);
  dmi.set_end_address(last);
  dmi.allow_read_write();
  dmi.set_read_latency(sc_core::SC_ZERO_TIME);
  dmi.set_write_latency(sc_core::SC_ZERO_TIME);
  return true;
}

}  // namespace apicsim
