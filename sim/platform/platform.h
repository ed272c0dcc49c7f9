#pragma once

#include <memory>

#include "models/core/cpu_complex.h"
#include "models/fabric/address_map.h"
#include "models/fabric/interrupt_fabric.h"
#include "models/iommu/iommu.h"
#include "models/memory/physical_memory.h"
#include "models/time/timebase.h"
#include "sim/observe/event_stream.h"
#include "sim/platform/bios_handover.h"
#include "sim/platform/board.h"
#include "sim/platform/bus_monitor.h"
#include "sim/platform/interrupt_wiring.h"
#include "sim/platform/stimulator.h"
#include "sim/scenario/scenario.h"

namespace apicsim {

/// Who hears of what leaves the machine, and of what it touches that is not modelled.
struct PlatformListeners {
  ByteSink& console;
  ExitListener& exit;
  PowerListener& power;
  UnmodelledListener& unmodelled;
};

/// All models of a machine, built and bound as its description says. One per process: SystemC
/// elaborates once.
class Platform final : private CodeWriteListener, private BusAccessListener {
 public:
  Platform(const Scenario& scenario, const PlatformListeners& listeners, EventStream& events);
  ~Platform() override;

  const Timebase& timebase() const { return m_timebase; }
  CpuComplex& cpus() { return m_cpus; }
  PhysicalMemory& memory() { return m_memory; }
  InterruptFabric& fabric() { return m_fabric; }
  InterruptWiring& interrupts() { return m_interrupts; }
  const AddressMap& memory_map() const { return m_memory_map; }
  const AddressMap& port_map() const { return m_port_map; }
  const BusMonitor& bus() const { return m_bus; }
  const Board& board() const { return m_board; }
  Board& board() { return m_board; }

 private:
  void code_written(std::uint64_t page) override;
  void bus_access(std::uint64_t physical, std::uint64_t size, bool write) override;
  void bind_memory(const Machine& machine);
  void add_bios_handover(const Machine& machine);

  Timebase m_timebase;
  PhysicalMemory m_memory;
  AddressMap m_memory_map;
  AddressMap m_port_map;
  BusMonitor m_bus;
  Iommu m_iommu;
  InterruptFabric m_fabric;
  CpuComplex m_cpus;
  InterruptWiring m_interrupts;
  Board m_board;
  Stimulator m_stimulator;
  std::unique_ptr<BiosHandover> m_bios_handover;
};

}  // namespace apicsim
