#include "guest/iommu/queued_invalidation.h"

#include "guest/acpi/dmar_tables.h"
#include "guest/arch/atomic.h"
#include "guest/arch/spinlock.h"
#include "guest/include/errno.h"
#include "guest/iommu/vtd_registers.h"
#include "guest/kernel/messages.h"
#include "guest/mm/layout.h"
#include "guest/mm/page_alloc.h"

namespace {

// VT-d §6.5.2: descriptors of 16 bytes, the type in bits 3:0.
using Descriptor = InvalidationDescriptor;
constexpr u64 kTypeInterruptEntries = 4, kTypeWait = 5;
constexpr u64 kOneEntry = 1u << 4;  // G: index-selective
constexpr int kIndexShift = 32;
constexpr u64 kStatusWrite = 1u << 5;
constexpr int kStatusShift = 32;
constexpr u32 kDone = 2;

constexpr u32 kLength = kPageSize / sizeof(Descriptor);
constexpr int kMostUnits = 64;

struct Queue {
  SpinLock lock;
  Descriptor* descriptors;
  u32 tail;
  u32 status;  // written by the unit
};
Queue queues[kMostUnits];

// A descriptor that the unit refuses is replaced by one that it knows, so that the queue goes on.
bool refused(const DmarUnit& unit, Queue* queue) {
  if ((readl(unit.registers + kVtdFaultStatus) & kVtdQueueError) == 0) return false;
  const u32 head = static_cast<u32>(readq(unit.registers + kVtdQueueHead) / sizeof(Descriptor));
  Descriptor& bad = queue->descriptors[head % kLength];
  printk(msg::kInvalidDescriptor, static_cast<unsigned long long>(bad.low),
         static_cast<unsigned long long>(bad.high));
  bad = queue->descriptors[(queue->tail + kLength - 1) % kLength];
  writel(kVtdQueueError, unit.registers + kVtdFaultStatus);
  return true;
}

void push(Queue* queue, const Descriptor& descriptor) {
  queue->descriptors[queue->tail] = descriptor;
  queue->tail = (queue->tail + 1) % kLength;
}

}  // namespace

// The command, then one that reports when everything before it is done.
void submit_invalidation(int index, const InvalidationDescriptor& command) {
  const DmarUnit& unit = dmar_unit(index);
  Queue* queue = &queues[index];
  if (queue->descriptors == nullptr) return;
  SpinLockIrqGuard guard(queue->lock);
  write_once(queue->status, 0u);
  push(queue, command);
  push(queue, {static_cast<u64>(kDone) << kStatusShift | kStatusWrite | kTypeWait,
               virt_to_phys(&queue->status)});
  writel(static_cast<u32>(queue->tail * sizeof(Descriptor)), unit.registers + kVtdQueueTail);
  const VtdDeadline deadline;
  while (load_acquire(queue->status) != kDone) {
    if (refused(unit, queue)) return;
    deadline.pause();
  }
}

bool has_invalidation_queue(int index) { return queues[index].descriptors != nullptr; }

int enable_queued_invalidation(int index) {
  const DmarUnit& unit = dmar_unit(index);
  if ((unit.ecap & kEcapQueued) == 0) return -ENOENT;
  Queue* queue = &queues[index];
  if (queue->descriptors != nullptr) return 0;
  auto* page = static_cast<Descriptor*>(get_free_pages(GFP_ATOMIC | __GFP_ZERO, 0));
  if (page == nullptr) return -ENOMEM;
  queue->descriptors = page;
  queue->tail = 0;
  writel(0, unit.registers + kVtdQueueTail);
  writeq(virt_to_phys(page), unit.registers + kVtdQueueAddress);
  vtd_command(unit, kVtdQueueEnable, 0, kVtdQueueEnable, kVtdQueueEnable);
  return 0;
}

void disable_queued_invalidation(int index) {
  const DmarUnit& unit = dmar_unit(index);
  if ((unit.ecap & kEcapQueued) == 0) return;
  if ((readl(unit.registers + kVtdGlobalStatus) & kVtdQueueEnable) == 0) return;
  // The unit finishes what is queued first.
  for (u32 turns = 0; turns < 1000000; ++turns) {
    const u64 tail = readq(unit.registers + kVtdQueueTail);
    if (readq(unit.registers + kVtdQueueHead) == tail) break;
  }
  vtd_command(unit, 0, kVtdQueueEnable, kVtdQueueEnable, 0);
}

void flush_interrupt_entries(int index) { submit_invalidation(index, {kTypeInterruptEntries, 0}); }

void flush_interrupt_entry(int index, u32 entry) {
  submit_invalidation(
      index, {kTypeInterruptEntries | kOneEntry | static_cast<u64>(entry) << kIndexShift, 0});
}
