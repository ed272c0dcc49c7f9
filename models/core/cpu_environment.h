#pragma once

#include <vector>

#include "models/core/block_cache.h"
#include "models/core/cpu_complex_config.h"
#include "models/core/decoder.h"
#include "models/core/monitor_table.h"
#include "models/core/observer.h"
#include "models/core/physical_port.h"
#include "models/core/thermal_sensor.h"
#include "models/core/timing/timing_config.h"
#include "models/core/types.h"
#include "models/fabric/interrupt_line.h"
#include "models/power/power_model.h"

namespace apicsim {

class DramView;
class MemoryHierarchy;

/// What a CPU shares with the others of its machine.
struct CpuEnvironment {
  const CpuModel& model;
  const CoreLatencies& latencies;
  PhysicalPort& physical;
  BlockCache& blocks;
  const Decoder& decoder;
  bool one_gigabyte_pages = true;  ///< CPUID.80000001H:EDX[26]
  bool pse36 = true;               ///< CPUID.1:EDX[17]
  bool sse = true, sse2 = true;    ///< CPUID.1:EDX[25], [26]
  bool cmpxchg16b = true;          ///< CPUID.1:ECX[13]
  CoreObserver* observer = nullptr;
  MonitorTable* monitors = nullptr;      ///< none: stores do not end MWAIT
  PowerModel* power = nullptr;           ///< none: HLT and MWAIT cost nothing and lose nothing
  const TimingConfig* timing = nullptr;  ///< none: functional execution
  MemoryHierarchy* hierarchy = nullptr;  ///< of a timed machine
  DramView* dram = nullptr;              ///< none: no agent reads past the caches
  bool exact = true;  ///< what others can notice waits until its CPU is the earliest
  std::vector<ThermalSensor> packages = {};               ///< sensor of each package
  std::vector<u64> package_thermal = {};                  ///< and its IA32_PACKAGE_THERM_INTERRUPT
  InterruptAcknowledge* interrupt_acknowledge = nullptr;  ///< none: the bus floats, vector 0xFF
};

}  // namespace apicsim
