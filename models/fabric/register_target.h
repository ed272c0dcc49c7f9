#pragma once

#include <tlm_utils/simple_target_socket.h>
#include <cstdint>
#include <systemc>
#include <tlm>

#include "models/time/timebase.h"

namespace apicsim {

/// A TLM target that is a block of registers: takes payloads of 1, 2, 4 or 8 bytes apart into
/// (offset, size, value) and leaves the meaning to the derived model.
///
/// Other lengths get TLM_BURST_ERROR_RESPONSE, byte enables TLM_BYTE_ENABLE_ERROR_RESPONSE,
/// commands other than read and write TLM_COMMAND_ERROR_RESPONSE. Debug reads of 1..8 bytes go to
/// peek_register(), which has no side effects; debug writes transfer nothing.
class RegisterTarget : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<RegisterTarget> socket;

  RegisterTarget(const sc_core::sc_module_name& name, const Timebase& timebase);

  /// What a read of 1 to 8 bytes would give at cycle `now`, without its side effects: for reports.
  std::uint64_t inspect(std::uint64_t offset, unsigned size, Cycle now) const {
    return peek_register(offset, size, now);
  }

 protected:
  /// `offset`: address of the payload (relative to the region). Values are little-endian in the
  /// low `size` bytes; higher bytes of a result are ignored. `now`: cycle of the access.
  virtual std::uint64_t read_register(std::uint64_t offset, unsigned size, Cycle now) = 0;
  virtual void write_register(std::uint64_t offset, unsigned size, std::uint64_t value,
                              Cycle now) = 0;
  /// A read without side effects, for the inspector.
  virtual std::uint64_t peek_register(std::uint64_t offset, unsigned size, Cycle now) const = 0;

  const Timebase& timebase() const { return m_timebase; }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);

  const Timebase& m_timebase;
};

}  // namespace apicsim
