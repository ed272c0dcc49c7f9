#include "unit_registers.h"

// The register file of a VT-d unit and its commands, without a device: VT-d 3.0 §10.4.

void program() {
  if (!vtd::find_unit()) give_up("no remapping unit in the DMAR table (QEMU: -device intel-iommu)");
  check_resets();
  check_capabilities();
  check_words();
  check_commands();
  finish("vtd-registers");
}
