#include "guest/drivers/nvme_queue.h"

#include "guest/arch/atomic.h"
#include "guest/arch/io.h"
#include "guest/mm/layout.h"

bool nvme_queue_make(const PciFunction& f, volatile u8* bells, u32 stride, NvmeQueue* queue) {
  *queue = {};
  queue->commands =
      static_cast<NvmeCommand*>(dma_alloc_coherent(f, kPageSize, &queue->commands_at));
  queue->completions =
      static_cast<NvmeCompletion*>(dma_alloc_coherent(f, kPageSize, &queue->completions_at));
  queue->tail_bell = bells;
  queue->head_bell = bells + stride;
  queue->phase = 1;
  return queue->commands != nullptr && queue->completions != nullptr;
}

void nvme_queue_push(NvmeQueue* queue, const NvmeCommand& command) {
  queue->commands[queue->tail] = command;
  queue->tail = (queue->tail + 1) % kNvmeEntries;
  writel(queue->tail, queue->tail_bell);
}

bool nvme_queue_take(NvmeQueue* queue, NvmeCompletion* completion) {
  const NvmeCompletion& next = queue->completions[queue->head];
  if ((load_acquire(next.status) & 1) != queue->phase) return false;
  *completion = next;
  queue->head = (queue->head + 1) % kNvmeEntries;
  if (queue->head == 0) queue->phase ^= 1;
  writel(queue->head, queue->head_bell);
  return true;
}
