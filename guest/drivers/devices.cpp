#include "guest/drivers/devices.h"

#include "guest/drivers/agent.h"
#include "guest/drivers/edu.h"
#include "guest/drivers/nic.h"
#include "guest/drivers/nvme.h"
#include "guest/drivers/offload.h"
#include "guest/drivers/pci.h"
#include "guest/iommu/intel_iommu.h"

void devices_init() {
  pci_init();
  iommu_subsys_init();
  intel_iommu_init();
  edu_init();
  nic_init();
  nvme_init();
  offload_init();
  agent_init();
}
