#pragma once

#include <cstdint>

#include "models/time/cycle.h"

namespace apicsim {

inline constexpr unsigned cache_line_shift = 6;
inline constexpr std::uint64_t cache_line_size = std::uint64_t{1} << cache_line_shift;

/// What for. A store wants ownership of the line (M or E); locked operations are stores.
enum class LineUse : std::uint8_t { fetch, load, store };

/// Where the answer came from. `count` is their number.
enum class ServedBy : std::uint8_t {
  l1,
  l2,
  llc,             ///< own socket's last level, nobody asked
  llc_snooped,     ///< own socket's last level, after another core's copy was asked or invalidated
  other_core,      ///< modified in another core of the socket, which gave it up or shares it
  upgrade,         ///< the line was here, shared: only ownership was fetched, within the socket
  cross_upgrade,   ///< the same, and the other sockets had to be told
  other_socket,    ///< forwarded by another socket, which had it clean (E or F)
  other_modified,  ///< the same, modified
  memory,          ///< DRAM of a node of the own socket
  remote_memory,   ///< DRAM of a node of another socket
  count
};

/// Lower-case name, as statistics print it; "?" for a value out of range.
const char* name_of(ServedBy level);

struct LineAccess {
  Cycle latency = 0;  ///< from `now` to use of the data, waiting and the L1's own time included
  ServedBy level = ServedBy::l1;
};

/// What one CPU's accesses met so far.
struct MemoryCounters {
  std::uint64_t served[static_cast<unsigned>(ServedBy::count)] = {};
  std::uint64_t fill_waits = 0;     ///< hits on a line that was still on its way
  std::uint64_t transit_waits = 0;  ///< accesses that queued behind another one of the same line
  std::uint64_t transit_cycles = 0;
  std::uint64_t channel_waits = 0;  ///< reads that queued for their memory channel
  std::uint64_t channel_cycles = 0;
  std::uint64_t copies_taken = 0;  ///< other cores' copies that the CPU's accesses invalidated
  std::uint64_t write_backs = 0;   ///< modified lines that they pushed out of the core's caches

  std::uint64_t operator[](ServedBy level) const { return served[static_cast<unsigned>(level)]; }
};

}  // namespace apicsim
