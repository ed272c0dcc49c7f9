#include "guest/iommu/queued_invalidation.h"

#include "guest/acpi/dmar_tables.h"
#include "guest/arch/atomic.h"
#include "guest/arch/spinlock.h"
#include "guest/include/errno.h"
#include "guest/iommu/messages.h"
#include "guest/iommu/vtd_registers.h"
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

constexpr u32 kLength = 256;
constexpr int kMostUnits = 64;

// Descriptors are 16 bytes; 6.1 lets units with scalable mode have 32 (VT-d §10.4.23, DW).
constexpr u64 kWideDescriptors = 1u << 11, kTwoPages = 1;

struct Queue {
  SpinLock lock;
  u8* ring;  // null: none
  bool wide;
  u32 tail;
  u32 status;  // written by the unit

  u32 bytes() const { return wide ? 32 : 16; }
  Descriptor& at(u32 index) { return *reinterpret_cast<Descriptor*>(ring + index * bytes()); }
};
Queue queues[kMostUnits];

void push(Queue* queue, const Descriptor& descriptor) {
  queue->at(queue->tail) = descriptor;
  queue->tail = (queue->tail + 1) % kLength;
}

// A descriptor that the unit refuses is replaced by one that it knows, so that the queue goes on.
void replace_refused(const DmarUnit& unit, Queue* queue) {
  const u32 head = static_cast<u32>(readq(unit.registers + kVtdQueueHead) / queue->bytes());
  Descriptor& bad = queue->at(head % kLength);
  const Descriptor& before = queue->at((head + kLength - 1) % kLength);
  msg::print_refused_descriptor(readq(unit.registers + kVtdQueueErrors), bad.low, bad.high,
                                before.low, before.high);
  bad = queue->at((queue->tail + kLength - 1) % kLength);
  writel(kVtdQueueError, unit.registers + kVtdFaultStatus);
}

enum class Answer { done, refused, timed_out };

// Until the unit has written the status; what it says instead (VT-d §6.5.2.11, drivers/iommu/dmar.c
// qi_check_fault()).
Answer wait_for_status(const DmarUnit& unit, Queue* queue) {
  const VtdDeadline deadline;
  while (load_acquire(queue->status) != kDone) {
    const u32 faults = readl(unit.registers + kVtdFaultStatus);
    if ((faults & kVtdQueueError) != 0) {
      replace_refused(unit, queue);
      return Answer::refused;
    }
    if ((faults & kVtdCompletionError) != 0)
      writel(kVtdCompletionError, unit.registers + kVtdFaultStatus);
    // A device did not answer: what waits is dropped, and handed over again.
    if ((faults & kVtdTimeOutError) != 0) {
      writel(kVtdTimeOutError, unit.registers + kVtdFaultStatus);
      return Answer::timed_out;
    }
    deadline.pause();
  }
  return Answer::done;
}

}  // namespace

// The command, then one that reports when everything before it is done.
void submit_invalidation(int index, const InvalidationDescriptor& command) {
  const DmarUnit& unit = dmar_unit(index);
  Queue* queue = &queues[index];
  if (queue->ring == nullptr) return;
  SpinLockIrqGuard guard(queue->lock);
  Answer answer;
  do {
    write_once(queue->status, 0u);
    push(queue, command);
    push(queue, {static_cast<u64>(kDone) << kStatusShift | kStatusWrite | kTypeWait,
                 virt_to_phys(&queue->status)});
    writel(queue->tail * queue->bytes(), unit.registers + kVtdQueueTail);
    answer = wait_for_status(unit, queue);
  } while (answer == Answer::timed_out);
}

bool has_invalidation_queue(int index) { return queues[index].ring != nullptr; }

int enable_queued_invalidation(int index) {
  const DmarUnit& unit = dmar_unit(index);
  if ((unit.ecap & kEcapQueued) == 0) return -ENOENT;
  Queue* queue = &queues[index];
  if (queue->ring != nullptr) return 0;
  queue->wide = release::since(6, 1) && (unit.ecap & kEcapScalable) != 0;
  queue->ring = static_cast<u8*>(get_free_pages(GFP_ATOMIC | __GFP_ZERO, queue->wide ? 1 : 0));
  if (queue->ring == nullptr) return -ENOMEM;
  queue->tail = 0;
  writel(0, unit.registers + kVtdQueueTail);
  writeq(virt_to_phys(queue->ring) | (queue->wide ? kWideDescriptors | kTwoPages : 0),
         unit.registers + kVtdQueueAddress);
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
