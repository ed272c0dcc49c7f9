#pragma once

#include <cstdint>

#include "models/core/timing/timing_config.h"

namespace apicsim {

/// Caches, TLBs and latencies near those of a Sandy Bridge-EP; the numbers are round where tests
/// compute with them.
MemoryParameters test_memory_parameters();

/// `cpus` CPUs with one node; every `threads` of them share a core, 32 cores a socket.
TimingConfig test_timing(std::uint32_t cpus, std::uint32_t threads = 1);

}  // namespace apicsim
