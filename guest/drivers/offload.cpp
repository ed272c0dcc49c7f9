#include "guest/drivers/offload.h"

#include "guest/arch/atomic.h"
#include "guest/arch/interrupt.h"
#include "guest/arch/io.h"
#include "guest/arch/percpu.h"
#include "guest/drivers/claim.h"
#include "guest/drivers/firmware_loader.h"
#include "guest/drivers/wait.h"
#include "guest/include/errno.h"
#include "guest/iommu/dma_mapping.h"
#include "guest/kernel/printk.h"
#include "guest/lib/string.h"
#include "guest/mm/kernel_map.h"
#include "guest/mm/page_alloc.h"
#include "guest/mm/slab.h"
#include "guest/sched/task.h"

namespace {

constexpr u16 kVendor = 0x1234, kDevice = 0x11ee;
constexpr char kImage[] = "offload.fw";
constexpr char kDriver[] = "offload";

constexpr u32 kRegState = 0x04, kRegError = 0x08, kRegTrap = 0x0c;
constexpr u32 kRegVersion = 0x18, kRegImage = 0x20, kRegLength = 0x28, kRegCommand = 0x2c;
constexpr u32 kRegRequest = 0x30, kRegTag = 0x38, kRegReply = 0x40;
constexpr u32 kRegStatus = 0x48, kRegEnable = 0x4c;
constexpr u32 kIdentity = 0x0100454f;
constexpr u32 kVerified = 2, kRunning = 3, kFailed = 4;
constexpr u32 kLoad = 1, kStart = 2, kReset = 3;
constexpr u32 kAllInterrupts = 7, kTrapped = 4;
constexpr unsigned kImageOrder = 4;  // 64 KiB, the most that the function takes
constexpr u32 kPatienceMs = 1000;

// What driver and processor share for one request.
struct Request {
  u32 operation, status;
  u64 source, destination;
  u32 length, fill;
  u32 result, reserved[7];
};
static_assert(sizeof(Request) == 64, "aligned to its size by the slab");

struct Offload {
  const PciFunction* function;  // null: none
  volatile u8* registers;
  u32 tag;
};
Offload offload;

volatile u8* reg(u32 offset) { return offload.registers + offset; }

void offload_interrupt(void*) {
  const u32 status = readl(reg(kRegStatus));
  writel(status, reg(kRegStatus));
  if ((status & kTrapped) != 0)
    pr_err("offload: the processor stopped: cause %u at %#x, %#x\n", readl(reg(kRegTrap)),
           readl(reg(kRegTrap + 4)), readl(reg(kRegTrap + 8)));
}

bool wait_for_state(u32 state) {
  u32 now = 0;
  const auto settled = [&] {
    now = readl(reg(kRegState));
    return now == state || now == kFailed;
  };
  return wait_until(kPatienceMs, settled) && now == state;
}

bool set_up_interrupt(const PciFunction& f) {
  MsiMessage message;
  return request_msi(f.requester(), smp_processor_id(), offload_interrupt, nullptr, kDriver,
                     &message) &&
         pci_enable_msi(f, message.address, message.data);
}

long report(const char* what, u32 value) {
  const PciFunction& f = *offload.function;
  pr_err("offload 0000:%02x:%02x.%d: %s %u\n", f.bus, f.device, f.function, what, value);
  return -EIO;
}

// The function reads the image itself; it is in one piece of memory of its own.
long load_image(Text image, u8* memory) {
  const PciFunction& f = *offload.function;
  memcpy(memory, image.start, image.size);
  const u64 address = dma_map_single(f, memory, image.size, DmaDirection::to_device);
  if (address == kDmaMappingError) return -ENOMEM;
  writel(kReset, reg(kRegCommand));
  writeq(address, reg(kRegImage));
  writel(static_cast<u32>(image.size), reg(kRegLength));
  writel(kLoad, reg(kRegCommand));
  const bool verified = wait_for_state(kVerified);
  dma_unmap_single(f, address, image.size);
  if (!verified)
    return report("the device refuses the firmware image: error", readl(reg(kRegError)));
  writel(kStart, reg(kRegCommand));
  if (!wait_for_state(kRunning))
    return report("the firmware does not start: error", readl(reg(kRegError)));
  pr_info("offload 0000:%02x:%02x.%d: firmware version %u is running\n", f.bus, f.device,
          f.function, readl(reg(kRegVersion)));
  return 0;
}

// The addresses of a request's memory for the device.
struct Mapped {
  u64 request, from, to;
};

bool map_all(Request* request, const void* from, void* to, u32 bytes, Mapped* mapped) {
  const PciFunction& f = *offload.function;
  mapped->request = dma_map_single(f, request, sizeof(Request), DmaDirection::both);
  mapped->from = from == nullptr ? 0 : dma_map_single(f, from, bytes, DmaDirection::to_device);
  mapped->to = to == nullptr ? 0 : dma_map_single(f, to, bytes, DmaDirection::from_device);
  return mapped->request != kDmaMappingError && mapped->from != kDmaMappingError &&
         mapped->to != kDmaMappingError;
}

void unmap_all(const Mapped& mapped, bool from, bool to, u32 bytes) {
  const PciFunction& f = *offload.function;
  dma_unmap_single(f, mapped.request, sizeof(Request));
  if (from) dma_unmap_single(f, mapped.from, bytes);
  if (to) dma_unmap_single(f, mapped.to, bytes);
}

long submit(const Mapped& mapped) {
  const u32 tag = ++offload.tag;
  writeq(mapped.request, reg(kRegRequest));
  writel(tag, reg(kRegTag));
  return wait_until(kPatienceMs, [tag] { return readl(reg(kRegReply)) == tag; }) ? 0 : -EIO;
}

}  // namespace

void offload_init() {
  const PciFunction* f = pci_find(kVendor, kDevice);
  volatile u8* registers = pci_claim(f, kIdentity);
  if (registers == nullptr) return;
  offload.function = f;
  offload.registers = registers;
  if (set_up_interrupt(*f)) writel(kAllInterrupts, reg(kRegEnable));
  pr_info("offload 0000:%02x:%02x.%d: found\n", f->bus, f->device, f->function);
}

long offload_load() {
  if (offload.function == nullptr) return -ENODEV;
  if (readl(reg(kRegState)) == kRunning) return -EBUSY;
  Text image;
  const long error = request_firmware(*offload.function, kDriver, kImage, &image);
  if (error != 0) return error;
  if (image.size > kPageSize << kImageOrder)
    return report("the firmware image is too long, bytes:", static_cast<u32>(image.size));
  auto* memory = static_cast<u8*>(get_free_pages(GFP_KERNEL, kImageOrder));
  if (memory == nullptr) return -ENOMEM;
  const long result = load_image(image, memory);
  free_pages(memory, kImageOrder);
  return result;
}

long offload_run(OffloadOperation operation, const void* from, void* to, u32 bytes, u8 fill,
                 OffloadResult* result) {
  if (offload.function == nullptr) return -ENODEV;
  if (readl(reg(kRegState)) != kRunning) return -EINVAL;
  auto* request = kzalloc_object<Request>(GFP_KERNEL);
  if (request == nullptr) return -ENOMEM;
  Mapped mapped;
  if (!map_all(request, from, to, bytes, &mapped)) {
    kfree(request);
    return -ENOMEM;
  }
  *request = {static_cast<u32>(operation), 0, mapped.from, mapped.to, bytes, fill, 0, {}};
  const long error = submit(mapped);
  *result = {read_once(request->status), read_once(request->result)};
  unmap_all(mapped, from != nullptr, to != nullptr, bytes);
  kfree(request);
  return error;
}
