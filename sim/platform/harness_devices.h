#pragma once

#include <memory>

#include "models/devices/fw_cfg.h"
#include "models/devices/test_device.h"
#include "sim/platform/address_spaces.h"
#include "sim/platform/interrupt_wiring.h"
#include "sim/platform/isa_interrupts.h"
#include "sim/scenario/machine.h"

namespace apicsim {

/// What a virtual machine offers to software that knows it runs on one: the configuration device,
/// and the device of unit tests.
class HarnessDevices {
 public:
  HarnessDevices(const Machine& machine, const Timebase& timebase, AddressSpaces spaces,
                 InterruptWiring& interrupts, IsaInterrupts& isa);

  /// nullptr when the machine has none. The boot loader adds what it loaded.
  FwCfg* fw_cfg() { return m_fw_cfg.get(); }

 private:
  void add_fw_cfg(const Machine& machine, const Timebase& timebase, AddressSpaces spaces);
  void add_test_device(const Machine& machine, const Timebase& timebase, AddressSpaces spaces,
                       InterruptWiring& interrupts, IsaInterrupts& isa);

  std::unique_ptr<FwCfg> m_fw_cfg;
  std::unique_ptr<TestDevice> m_test_device;
};

}  // namespace apicsim
