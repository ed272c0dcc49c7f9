#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/core/cpu_complex.h"
#include "models/fabric/address_map.h"
#include "models/fabric/interrupt_fabric.h"
#include "models/memory/physical_memory.h"
#include "models/time/timebase.h"

namespace apicsim {

/// CPUs, memory and interrupt fabric, and nothing else: what tests and benchmarks of the core need.
///
/// Memory is at 0 ..< `memory_size`. enter_64bit() identity-maps the first 512 GiB with 1 GiB pages
/// (tables at `table_base`) and puts a CPU into 64-bit mode with flat segments, CPL 0 or 3.
class BareMachine {
 public:
  static constexpr std::uint64_t memory_size = std::uint64_t{3} << 30;
  static constexpr std::uint64_t table_base = 0x1000;

  /// Changes what the core is built from.
  using Adjust = std::function<void(CpuComplexConfig&)>;

  explicit BareMachine(std::uint32_t cpus = 1, const Adjust& adjust = {});

  PhysicalMemory& ram() { return m_ram; }
  CpuComplex& complex() { return m_complex; }
  Cpu& cpu(std::uint32_t number = 0) { return m_complex.cpu(number); }
  AddressMap& memory_map() { return m_memory_map; }
  AddressMap& ports() { return m_port_map; }

  void load(std::uint64_t physical, const std::vector<std::uint8_t>& bytes);
  void map_identity();
  void enter_64bit(std::uint32_t cpu, std::uint64_t rip, std::uint64_t rsp, std::uint8_t cpl = 0);

  static CpuModel model();

 private:
  static CpuComplexConfig core_config(std::uint32_t cpus, const Adjust& adjust);
  static InterruptFabricConfig fabric_config(std::uint32_t cpus);

  Timebase m_timebase;
  InterruptFabric m_interrupts;
  AddressMap m_memory_map, m_port_map;
  PhysicalMemory m_ram;
  PhysicalMemory m_behind_ports;  ///< bound, as SystemC demands a target, and decoded nowhere
  CpuComplex m_complex;
};

}  // namespace apicsim
