#pragma once

#include <memory>
#include <vector>

#include "models/devices/acpi_pm.h"
#include "models/devices/agent/bus_agent.h"
#include "models/devices/debug_console.h"
#include "models/devices/debug_exit.h"
#include "models/devices/keyboard_controller.h"
#include "models/devices/power_listener.h"
#include "models/devices/uart_16550.h"
#include "models/iommu/iommu.h"
#include "models/iommu/vtd_unit.h"
#include "sim/platform/address_spaces.h"
#include "sim/platform/harness_devices.h"
#include "sim/platform/interrupt_wiring.h"
#include "sim/platform/isa_interrupts.h"
#include "sim/platform/nmi_wiring.h"
#include "sim/platform/pci_segment.h"
#include "sim/platform/processor_reset.h"
#include "sim/platform/timers.h"
#include "sim/scenario/scenario.h"

namespace apicsim {

/// Who hears what the board does towards the outside.
struct BoardListeners {
  ByteSink& console;  ///< serial ports and debug console
  ExitListener& exit;
  PowerListener& power;
  UnmodelledListener& unmodelled;
};

/// The devices that a machine description names, placed in the address maps and wired up.
class Board {
 public:
  Board(const Scenario& scenario, const Timebase& timebase, AddressSpaces spaces, BusMonitor& bus,
        Iommu& iommu, InterruptFabric& fabric, InterruptWiring& interrupts, CpuComplex& cpus,
        const BoardListeners& listeners);

  const std::vector<std::unique_ptr<PciSegment>>& pci() const { return m_pci; }
  const std::vector<std::unique_ptr<VtdUnit>>& vtd_units() const { return m_vtd_units; }
  const std::vector<std::unique_ptr<BusAgent>>& bus_agents() const { return m_agents; }
  FwCfg* fw_cfg() { return m_harness.fw_cfg(); }

 private:
  struct Context {
    const Scenario& scenario;
    const Timebase& timebase;
    AddressSpaces spaces;
    BusMonitor& bus;
    Iommu& iommu;
    InterruptFabric& fabric;
    InterruptWiring& interrupts;
    const BoardListeners& listeners;
  };

  void add_uarts(const Context& context);
  void add_keyboard_controller(const Context& context);
  void add_power_management(const Context& context);
  void add_debug_ports(const Context& context);
  void add_pci(const Context& context);
  void add_bus_agents(const Context& context);
  void add_frame_sources(const Context& context);
  Nic* find_nic(std::uint32_t requester) const;

  IsaInterrupts m_isa;
  NmiWiring m_nmi;
  Timers m_timers;
  HarnessDevices m_harness;
  std::vector<std::unique_ptr<Uart16550>> m_uarts;
  std::unique_ptr<ProcessorReset> m_processor_reset;
  std::unique_ptr<KeyboardController> m_keyboard;
  std::unique_ptr<AcpiPm> m_pm;
  std::unique_ptr<DebugExit> m_debug_exit;
  std::unique_ptr<DebugConsole> m_debug_console;
  std::vector<std::unique_ptr<VtdUnit>> m_vtd_units;
  std::vector<std::unique_ptr<PciSegment>> m_pci;
  std::vector<std::unique_ptr<BusAgent>> m_agents;
  std::vector<std::unique_ptr<FrameSource>> m_frame_sources;
};

}  // namespace apicsim
