// A pair of NVMe queues in memory (NVM Express 1.4 §4).
#pragma once

#include "guest/iommu/dma_mapping.h"

struct NvmeCommand {
  u8 opcode, flags;
  u16 id;
  u32 space;  // namespace
  u64 reserved, metadata;
  u64 data, data_list;  // PRP1, PRP2
  u32 words[6];         // dwords 10 to 15
};
static_assert(sizeof(NvmeCommand) == 64, "§4.2");

struct NvmeCompletion {
  u32 result, reserved;
  u16 head, queue;
  u16 id;
  u16 status;  // bit 0: phase
};
static_assert(sizeof(NvmeCompletion) == 16, "§4.6");

inline constexpr u32 kNvmeEntries = 64;

struct NvmeQueue {
  NvmeCommand* commands;
  NvmeCompletion* completions;
  u64 commands_at, completions_at;  // as the controller sees them
  volatile u8* tail_bell;
  volatile u8* head_bell;
  u32 tail, head;
  u16 phase;
};

/// False without memory. `bells` are the pair's two doorbells, `stride` bytes apart.
bool nvme_queue_make(const PciFunction& f, volatile u8* bells, u32 stride, NvmeQueue* queue);
/// Hands a command to the controller. The caller sees to it that there is room.
void nvme_queue_push(NvmeQueue* queue, const NvmeCommand& command);
/// The next completion, or false if there is none yet.
bool nvme_queue_take(NvmeQueue* queue, NvmeCompletion* completion);
