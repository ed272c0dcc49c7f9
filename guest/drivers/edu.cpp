#include "guest/drivers/edu.h"

#include "guest/arch/interrupt.h"
#include "guest/arch/io.h"
#include "guest/arch/percpu.h"
#include "guest/drivers/pci.h"
#include "guest/include/errno.h"
#include "guest/iommu/dma_mapping.h"
#include "guest/kernel/printk.h"
#include "guest/mm/kernel_map.h"
#include "guest/mm/slab.h"
#include "guest/sched/task.h"

namespace {

constexpr u16 edu_vendor = 0x1234;
constexpr u16 edu_device_id = 0x11e8;

/// Registers in BAR 0 (docs/specs/edu).
constexpr u32 reg_identification = 0x00;
constexpr u32 reg_liveness = 0x04;
constexpr u32 reg_interrupt_status = 0x24;
constexpr u32 reg_interrupt_ack = 0x64;
constexpr u32 reg_dma_source = 0x80;
constexpr u32 reg_dma_destination = 0x88;
constexpr u32 reg_dma_count = 0x90;
constexpr u32 reg_dma_command = 0x98;
constexpr u64 device_buffer = 0x40000;

constexpr u32 identification_mask = 0xff;
constexpr u32 identification_value = 0xed;
constexpr u64 dma_start = 1u << 0;
constexpr u64 dma_to_memory = 1u << 1;
constexpr u64 dma_interrupt = 1u << 2;

/// What the device and the driver share for one request.
struct edu_request {
  u32 tag;
  u8 opcode;
  u8 status;  ///< written by the device: 0 is success
  u8 reserved[26];
};
static_assert(sizeof(edu_request) == 32 && __builtin_offsetof(edu_request, status) == 5,
              "the device writes byte 5 of an object of kmalloc-32");
constexpr u8 opcode_write_back = 1;
constexpr u8 status_pending = 0xff;

struct edu_device {
  const PciFunction* function;
  volatile u8* registers;  ///< nullptr: no device
  bool interrupts;
  edu_request* request;
  u64 address;  ///< of the request, as the device sees it; while it has been told of it
  bool busy;
  u32 next_tag;
  Completion done;
};
edu_device edu;

volatile u8* reg(u32 offset) { return edu.registers + offset; }

void edu_interrupt(void*) {
  const u32 status = readl(reg(reg_interrupt_status));
  writel(status, reg(reg_interrupt_ack));
  if (status) complete(&edu.done);
}

/// The device answers with the complement of what is written here.
bool alive() {
  constexpr u32 probe = 0x5a5a1234;
  writel(probe, reg(reg_liveness));
  return readl(reg(reg_liveness)) == ~probe;
}

bool set_up_message(const PciFunction& f) {
  MsiMessage message;
  return request_msi(f.requester(), smp_processor_id(), edu_interrupt, nullptr, "edu", &message) &&
         pci_enable_msi(f, message.address, message.data);
}

bool set_up_line(const PciFunction& f) {
  return pci_read8(f, kPciInterruptPin) != 0 &&
         request_pci_irq(pci_read8(f, kPciInterruptLine), smp_processor_id(), edu_interrupt,
                         nullptr, "edu");
}

// How the device interrupts, as the driver says it.
const char* set_up_interrupt(const PciFunction& f) {
  if (set_up_message(f)) return "MSI";
  return set_up_line(f) ? "INTA" : nullptr;
}

void start_transfer(u64 address, u64 bytes, bool to_memory) {
  writeq(to_memory ? device_buffer : address, reg(reg_dma_source));
  writeq(to_memory ? address : device_buffer, reg(reg_dma_destination));
  writeq(bytes, reg(reg_dma_count));
  writeq(dma_start | (to_memory ? dma_to_memory : 0) | (edu.interrupts ? dma_interrupt : 0),
         reg(reg_dma_command));
}

void release_request() {
  if (edu.busy) dma_unmap_single(*edu.function, edu.address, sizeof(edu_request));
  kfree(edu.request);
  edu.request = nullptr;
}

void wait_for_device() {
  if (edu.interrupts) {
    wait_for_completion(&edu.done);
    return;
  }
  while (readq(reg(reg_dma_command)) & dma_start) msleep(10);
}

}  // namespace

void edu_init() {
  const PciFunction* f = pci_find(edu_vendor, edu_device_id);
  if (!f) return;
  const PciBar bar = f->memory[0];
  if (bar.address == 0 || bar.size == 0) {
    pr_warn("edu 0000:%02x:%02x.%d: BAR 0 is not assigned\n", f->bus, f->device, f->function);
    return;
  }
  pci_enable(*f);
  edu.function = f;
  dma_set_mask(*f, ~u64{0});
  edu.registers = static_cast<volatile u8*>(ioremap(bar.address, bar.size));
  if (!edu.registers) return;
  const u32 id = readl(reg(reg_identification));
  if ((id & identification_mask) != identification_value || !alive()) {
    pr_warn("edu 0000:%02x:%02x.%d: does not answer as an edu device\n", f->bus, f->device,
            f->function);
    edu.registers = nullptr;
    return;
  }
  const char* how = set_up_interrupt(*f);
  edu.interrupts = how != nullptr;
  pr_info("edu 0000:%02x:%02x.%d: version %u.%u, %s\n", f->bus, f->device, f->function, id >> 24,
          (id >> 16) & 0xff, how != nullptr ? how : "polling");
}

bool edu_present() { return edu.registers != nullptr; }
const PciFunction* edu_function() { return edu_present() ? edu.function : nullptr; }

long edu_prepare() {
  if (!edu_present()) return -ENODEV;
  if (edu.request) return -EBUSY;
  edu.request = kzalloc_object<edu_request>(GFP_KERNEL);
  if (!edu.request) return -ENOMEM;
  edu.request->tag = ++edu.next_tag;
  edu.request->opcode = opcode_write_back;
  edu.request->status = status_pending;
  return 0;
}

long edu_submit(ReleaseTime release) {
  if (!edu_present()) return -ENODEV;
  if (edu.busy) return -EBUSY;
  if (!edu.request) return -EINVAL;
  edu.address = dma_map_single(*edu.function, edu.request, sizeof(edu_request), DmaDirection::both);
  if (edu.address == kDmaMappingError) return -ENOMEM;
  edu.busy = true;
  start_transfer(edu.address + __builtin_offsetof(edu_request, status), 1, true);
  if (release == ReleaseTime::submission) release_request();
  return 0;
}

long edu_wait() {
  if (!edu_present()) return -ENODEV;
  if (!edu.busy) return -EINVAL;
  wait_for_device();
  if (edu.request) release_request();
  edu.busy = false;
  return 0;
}

long edu_transfer(u64 address, u64 bytes, bool to_memory) {
  if (!edu_present()) return -ENODEV;
  if (edu.busy) return -EBUSY;
  edu.busy = true;
  start_transfer(address, bytes, to_memory);
  wait_for_device();
  edu.busy = false;
  return 0;
}
