#include "guest/drivers/agent.h"

#include "guest/arch/io.h"
#include "guest/drivers/claim.h"
#include "guest/drivers/pci.h"
#include "guest/drivers/wait.h"
#include "guest/include/errno.h"
#include "guest/iommu/dma_mapping.h"
#include "guest/kernel/printk.h"
#include "guest/mm/kernel_map.h"
#include "guest/sched/task.h"

namespace {

constexpr u16 kVendor = 0x1234, kDevice = 0x11ed;
constexpr u32 kIdentity = 0x01004741;

constexpr u32 kRegStatus = 0x04, kRegAddress = 0x08, kRegLength = 0x10;
constexpr u32 kRegKind = 0x14, kRegPasid = 0x18, kRegRequester = 0x1c, kRegCount = 0x20;
constexpr u32 kRegGap = 0x24, kRegStride = 0x28, kRegStart = 0x30, kRegResult = 0x34;
constexpr u32 kRegBuffer = 0x1000;
constexpr u32 kBusy = 1;
constexpr u32 kWrite = 1u << 0, kTranslate = 1u << 1, kTranslated = 1u << 2, kWithPasid = 1u << 3;
constexpr u32 kRequestPage = 1u << 5, kOtherRequester = 1u << 31;
constexpr u32 kPatienceMs = 10000;

struct Agent {
  const PciFunction* function;  // null: none
  volatile u8* registers;
};
Agent agent;

volatile u8* reg(u32 offset) { return agent.registers + offset; }

u32 kind_of(const AgentAccess& access) {
  return (access.write ? kWrite : 0) | (access.translate ? kTranslate : 0) |
         (access.translated ? kTranslated : 0) | (access.pasid >= 0 ? kWithPasid : 0) |
         (access.request_page ? kRequestPage : 0);
}

}  // namespace

void agent_init() {
  const PciFunction* f = pci_find(kVendor, kDevice);
  volatile u8* registers = pci_claim(f, kIdentity);
  if (registers == nullptr) return;
  agent = {f, registers};
  pr_info("agent 0000:%02x:%02x.%d: found\n", f->bus, f->device, f->function);
}

const PciFunction* agent_function() { return agent.function; }

long agent_run(const AgentAccess& access, AgentResult* result) {
  if (agent.function == nullptr) return -ENODEV;
  writeq(access.address, reg(kRegAddress));
  writel(access.bytes, reg(kRegLength));
  writel(kind_of(access), reg(kRegKind));
  writel(access.pasid < 0 ? 0 : static_cast<u32>(access.pasid), reg(kRegPasid));
  writel(access.requester < 0 ? 0 : kOtherRequester | static_cast<u32>(access.requester),
         reg(kRegRequester));
  writel(access.count, reg(kRegCount));
  writel(access.gap_ns, reg(kRegGap));
  writeq(access.stride, reg(kRegStride));
  writel(1, reg(kRegStart));
  if (!wait_until(kPatienceMs, [] { return (readl(reg(kRegStatus)) & kBusy) == 0; })) return -EIO;
  *result = static_cast<AgentResult>(readl(reg(kRegResult)));
  return 0;
}

u64 agent_data() {
  return readl(reg(kRegBuffer)) | static_cast<u64>(readl(reg(kRegBuffer + 4))) << 32;
}

void agent_set_data(u64 value) {
  writel(static_cast<u32>(value), reg(kRegBuffer));
  writel(static_cast<u32>(value >> 32), reg(kRegBuffer + 4));
}
