#include "guest/drivers/nvme.h"

#include "guest/arch/atomic.h"
#include "guest/arch/interrupt.h"
#include "guest/arch/io.h"
#include "guest/arch/percpu.h"
#include "guest/arch/spinlock.h"
#include "guest/drivers/nvme_queue.h"
#include "guest/drivers/wait.h"
#include "guest/include/errno.h"
#include "guest/kernel/printk.h"
#include "guest/mm/kernel_map.h"
#include "guest/mm/layout.h"
#include "guest/mm/page_alloc.h"
#include "guest/sched/task.h"

namespace {

constexpr u32 kClass = 0x010802;

// Controller registers (§3.1).
constexpr u32 kRegCapabilities = 0x00, kRegConfiguration = 0x14, kRegStatus = 0x1c;
constexpr u32 kRegAdminSizes = 0x24, kRegAdminCommands = 0x28, kRegAdminCompletions = 0x30;
constexpr u32 kRegDoorbells = 0x1000;
constexpr u32 kEnable = 1, kEntrySizes = 6u << 16 | 4u << 20;  // commands of 64, completions of 16
constexpr u32 kReady = 1, kFatal = 2;

constexpr u8 kCreateCommands = 0x01, kCreateCompletions = 0x05, kIdentify = 0x06;
constexpr u8 kWrite = 0x01, kRead = 0x02;
constexpr u32 kNamespace = 1;
constexpr u16 kIoQueue = 1;
constexpr u32 kContiguous = 1, kInterrupts = 2;
constexpr u32 kMostBytes = 128u << 10;
constexpr u32 kSlots = 32;
constexpr u32 kPatienceMs = 30000;  // drivers/nvme/host/core.c nvme_io_timeout

struct Slot {
  bool busy;
  bool done;
  u16 status;
};

struct Controller {
  const PciFunction* function;  // null: none
  volatile u8* registers;
  Disk disk;
  SpinLock lock;  // of queues and slots
  NvmeQueue admin, io;
  Slot slots[kSlots];
};
Controller nvme;

volatile u8* reg(u32 offset) { return nvme.registers + offset; }

void take_completions(NvmeQueue* queue) {
  NvmeCompletion completion;
  while (nvme_queue_take(queue, &completion)) {
    if (completion.id >= kSlots) continue;
    nvme.slots[completion.id].status = completion.status >> 1;
    store_release(nvme.slots[completion.id].done, true);
  }
}

void nvme_interrupt(void*) {
  SpinLockIrqGuard guard(nvme.lock);
  take_completions(&nvme.admin);
  if (nvme.io.commands != nullptr) take_completions(&nvme.io);
}

int claim_slot() {
  for (u32 i = 0; i < kSlots; ++i) {
    if (nvme.slots[i].busy) continue;
    nvme.slots[i] = {true, false, 0};
    return static_cast<int>(i);
  }
  return -1;
}

// A slot whose command may still come to an end is never used again.
long finish(u32 slot, u16 queue) {
  if (!wait_until(kPatienceMs, [slot] { return load_acquire(nvme.slots[slot].done); })) {
    // drivers/nvme/host/pci.c nvme_timeout()
    pr_warn("nvme nvme0: I/O %u QID %u timeout, aborting\n", slot, queue);
    return -EIO;
  }
  const u16 status = nvme.slots[slot].status;
  nvme.slots[slot].busy = false;
  return status == 0 ? 0 : -EIO;
}

long run_command(NvmeQueue* queue, u16 number, NvmeCommand command) {
  int slot;
  {
    SpinLockIrqGuard guard(nvme.lock);
    slot = claim_slot();
    if (slot < 0) return -EBUSY;
    command.id = static_cast<u16>(slot);
    nvme_queue_push(queue, command);
  }
  return finish(static_cast<u32>(slot), number);
}

bool wait_ready(bool ready) {
  // CAP.TO in units of 500 ms.
  const u32 patience = static_cast<u32>(readq(reg(kRegCapabilities)) >> 24 & 0xff) * 500 + 500;
  u32 status = 0;
  const auto settled = [&] {
    status = readl(reg(kRegStatus));
    return (status & kFatal) != 0 || ((status & kReady) != 0) == ready;
  };
  return wait_until(patience, settled) && (status & kFatal) == 0;
}

u32 stride() { return 4u << (readq(reg(kRegCapabilities)) >> 32 & 15); }

bool start_controller() {
  writel(0, reg(kRegConfiguration));
  if (!wait_ready(false)) return false;
  if (!nvme_queue_make(*nvme.function, reg(kRegDoorbells), stride(), &nvme.admin)) return false;
  writel((kNvmeEntries - 1) << 16 | (kNvmeEntries - 1), reg(kRegAdminSizes));
  writeq(nvme.admin.commands_at, reg(kRegAdminCommands));
  writeq(nvme.admin.completions_at, reg(kRegAdminCompletions));
  writel(kEnable | kEntrySizes, reg(kRegConfiguration));
  return wait_ready(true);
}

bool make_io_queues() {
  if (!nvme_queue_make(*nvme.function, reg(kRegDoorbells) + 2 * stride(), stride(), &nvme.io))
    return false;
  NvmeCommand command = {};
  command.opcode = kCreateCompletions;
  command.data = nvme.io.completions_at;
  command.words[0] = (kNvmeEntries - 1) << 16 | kIoQueue;
  command.words[1] = kContiguous | kInterrupts;
  if (run_command(&nvme.admin, 0, command) != 0) return false;
  command.opcode = kCreateCommands;
  command.data = nvme.io.commands_at;
  command.words[1] = static_cast<u32>(kIoQueue) << 16 | kContiguous;
  return run_command(&nvme.admin, 0, command) == 0;
}

// Identify Namespace (§5.15.2.1): NSZE at 0, FLBAS at 26, formats of 4 bytes from 128 on.
bool identify() {
  u64 address;
  auto* data = static_cast<u8*>(dma_alloc_coherent(*nvme.function, kPageSize, &address));
  if (data == nullptr) return false;
  NvmeCommand command = {};
  command.opcode = kIdentify;
  command.space = kNamespace;
  command.data = address;
  const bool done = run_command(&nvme.admin, 0, command) == 0;
  const u8 shift = data[128 + 4 * (data[26] & 15) + 2];
  if (done && shift >= 9 && shift <= 12)
    nvme.disk = {*reinterpret_cast<const u64*>(data), 1u << shift};
  dma_free_coherent(*nvme.function, kPageSize, data, address);
  return nvme.disk.block_bytes != 0;
}

bool set_up_interrupt(const PciFunction& f) {
  MsiMessage message;
  if (!request_msi(f.requester(), smp_processor_id(), nvme_interrupt, nullptr, "nvme", &message))
    return false;
  return pci_enable_msix(f, message.address, message.data) ||
         pci_enable_msi(f, message.address, message.data);
}

const PciFunction* find_controller() {
  for (int i = 0; i < pci_function_count(); ++i) {
    if (pci_function(i).class_code == kClass) return &pci_function(i);
  }
  return nullptr;
}

// The pages of a transfer behind the first, as the controller sees them: the second one itself, or
// a list (§4.3).
u64 second_pointer(u64 address, u32 bytes, u64* list, u64 list_at) {
  const u64 first_page_end = (address & ~(kPageSize - 1)) + kPageSize;
  if (address + bytes <= first_page_end) return 0;
  if (address + bytes <= first_page_end + kPageSize) return first_page_end;
  for (u64 at = first_page_end; at < address + bytes; at += kPageSize) *list++ = at;
  return list_at;
}

long transfer(u8 opcode, u64 block, u32 count, void* memory, DmaDirection direction) {
  const Disk& disk = nvme.disk;
  if (disk.block_bytes == 0) return -ENODEV;
  const u64 bytes = u64{count} * disk.block_bytes;
  if (count == 0 || bytes > kMostBytes || block >= disk.blocks || count > disk.blocks - block)
    return -EINVAL;
  u64 list_at;
  auto* list = static_cast<u64*>(dma_alloc_coherent(*nvme.function, kPageSize, &list_at));
  if (list == nullptr) return -ENOMEM;
  const u64 address = dma_map_single(*nvme.function, memory, bytes, direction);
  long result = -ENOMEM;
  if (address != kDmaMappingError) {
    NvmeCommand command = {};
    command.opcode = opcode;
    command.space = kNamespace;
    command.data = address;
    command.data_list = second_pointer(address, static_cast<u32>(bytes), list, list_at);
    command.words[0] = static_cast<u32>(block);
    command.words[1] = static_cast<u32>(block >> 32);
    command.words[2] = count - 1;
    result = run_command(&nvme.io, kIoQueue, command);
    dma_unmap_single(*nvme.function, address, bytes);
  }
  dma_free_coherent(*nvme.function, kPageSize, list, list_at);
  return result;
}

}  // namespace

void nvme_init() {
  const PciFunction* f = find_controller();
  if (f == nullptr || f->memory[0].address == 0) return;
  nvme.function = f;
  nvme.registers = static_cast<volatile u8*>(ioremap(f->memory[0].address, f->memory[0].size));
  if (nvme.registers == nullptr) return;
  // drivers/nvme/host/pci.c nvme_probe(), nvme_remove_dead_ctrl(); nvme is no part of 3.2
  pr_info("nvme nvme0: pci function 0000:%02x:%02x.%d\n", f->bus, f->device, f->function);
  pci_enable(*f);
  dma_set_mask(*f, ~u64{0});
  if (set_up_interrupt(*f) && start_controller() && identify() && make_io_queues()) {
    pr_info("nvme nvme0: %llu blocks of %u bytes\n",
            static_cast<unsigned long long>(nvme.disk.blocks), nvme.disk.block_bytes);
    return;
  }
  nvme.disk = {};
  pr_warn("nvme nvme0: Removing after probe failure status: %d\n", static_cast<int>(-ENODEV));
}

Disk nvme_disk() { return nvme.disk; }

long nvme_read(u64 block, u32 count, void* memory) {
  return transfer(kRead, block, count, memory, DmaDirection::from_device);
}

long nvme_write(u64 block, u32 count, const void* memory) {
  return transfer(kWrite, block, count, const_cast<void*>(memory), DmaDirection::to_device);
}
