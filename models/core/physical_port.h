#pragma once

#include <tlm>
#include <vector>

#include "models/core/types.h"
#include "models/fabric/initiator.h"
#include "models/time/timebase.h"

namespace apicsim {

/// The CPUs' way out: plain memory by TLM direct memory interface, everything else by b_transport.
class PhysicalPort {
 public:
  using Socket = tlm::tlm_initiator_socket<>;
  enum class Space : u8 { memory, io };

  PhysicalPort(Socket& memory, Socket& io, const Timebase& timebase);
  ~PhysicalPort();
  PhysicalPort(const PhysicalPort&) = delete;
  PhysicalPort& operator=(const PhysicalPort&) = delete;

  /// Host address of plain memory, or nullptr where accesses must go by transport().
  /// Valid up to the end of the 4 KiB page.
  std::byte* host(u64 physical) {
    Region& r = m_regions[(physical >> region_shift) & (regions - 1)];
    if (APICSIM_LIKELY(r.tag == physical >> region_shift && physical >= r.first &&
                       physical <= r.last))
      return r.host + (physical - r.first);
    return host_slow(physical);
  }

  /// One access of 1, 2, 4 or 8 bytes by `cpu` at cycle `at`. Returns the delay in cycles that
  /// the targets annotated.
  Cycle transport(Space space, bool write, u32 cpu, Cycle at, u64 address, void* data,
                  unsigned size);

 private:
  static constexpr unsigned region_shift = 21;
  static constexpr unsigned regions = 4096;
  struct Region {
    u64 tag = ~u64{0};
    u64 first = 1, last = 0;
    std::byte* host = nullptr;
  };

  std::byte* host_slow(u64 physical);

  Socket& m_memory;
  Socket& m_io;
  const Timebase& m_timebase;
  std::vector<Region> m_regions;
  tlm::tlm_generic_payload m_payload;
  Initiator m_initiator;
};

}  // namespace apicsim
