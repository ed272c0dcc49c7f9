#pragma once

#include "models/devices/pci/pci_function.h"

namespace apicsim {

/// DRAM controller of the Q35 chipset at 00:00.0, as QEMU presents it: Intel 3 Series data sheet
/// (316966) §5.1; subsystem ids: QEMU docs/specs/pci-ids.rst.
inline PciIdentity q35_host_bridge() {
  PciIdentity identity;
  identity.vendor_id = 0x8086;
  identity.device_id = 0x29C0;
  identity.class_code = 0x060000;
  identity.subsystem_vendor_id = 0x1AF4;
  identity.subsystem_id = 0x1100;
  return identity;
}

/// LPC bridge of the ICH9 at 00:1f.0: ICH9 data sheet (316972) §13.1. Multi-function: SATA and
/// SMBus are 1f.2 and 1f.3.
inline PciIdentity ich9_lpc_bridge() {
  PciIdentity identity;
  identity.vendor_id = 0x8086;
  identity.device_id = 0x2918;
  identity.revision = 2;
  identity.class_code = 0x060100;
  identity.subsystem_vendor_id = 0x1AF4;
  identity.subsystem_id = 0x1100;
  identity.multi_function = true;
  return identity;
}

}  // namespace apicsim
