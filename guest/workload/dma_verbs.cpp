// Verbs that map memory for the edu device and have it read and write there, also when it should no
// longer do so.
#include "guest/drivers/edu.h"
#include "guest/iommu/dma_mapping.h"
#include "guest/iommu/intel_iommu.h"
#include "guest/iommu/unmap_queue.h"
#include "guest/kernel/printk.h"
#include "guest/lib/string.h"
#include "guest/mm/page_alloc.h"
#include "guest/workload/verbs.h"

namespace {

constexpr int kMostBuffers = 32;
constexpr size_t kNameSize = 24;
constexpr u8 kFill = 0x5a;

// A buffer stays known when it has been unmapped: the device may still have its address.
struct Buffer {
  char name[kNameSize];
  u8* memory;  // null: no such buffer
  size_t size;
  u64 address;
  bool mapped;
  bool freed;  // the memory is somebody else's
};
Buffer buffers[kMostBuffers];

Buffer* find_buffer(Text name) {
  for (Buffer& b : buffers) {
    if (b.memory != nullptr && same_text(name, b.name)) return &b;
  }
  return nullptr;
}

Buffer* new_buffer(Text name) {
  for (Buffer& b : buffers) {
    if (b.memory != nullptr) continue;
    copy_text(name, b.name, sizeof(b.name));
    return &b;
  }
  return nullptr;
}

bool allocate(Buffer* b, size_t size) {
  b->memory = static_cast<u8*>(get_free_pages(GFP_KERNEL, get_order(size)));
  if (b->memory == nullptr) return false;
  b->size = size;
  b->freed = false;
  memset(b->memory, kFill, size);
  return true;
}

u32 checksum(const u8* memory, size_t size) {
  u32 sum = 1;
  for (size_t i = 0; i < size; ++i) sum = sum * 31 + memory[i];
  return sum;
}

}  // namespace

void do_dma_map(const Command& command, int cpu) {
  const PciFunction* device = edu_function();
  if (device == nullptr) return report_command(command, cpu, "no edu device");
  const Text name = command.value("name").text;
  Buffer* b = find_buffer(name);
  if (b != nullptr && b->mapped) return report_command(command, cpu, "is mapped already");
  if (b == nullptr || b->freed) {
    if (b == nullptr) b = new_buffer(name);
    if (b == nullptr || !allocate(b, command.number("size")))
      return report_command(command, cpu, "no room for another buffer");
  }
  b->address = dma_map_single(*device, b->memory, b->size,
                              static_cast<DmaDirection>(command.number("direction")));
  if (b->address == kDmaMappingError) return report_command(command, cpu, "mapping failed");
  b->mapped = true;
  pr_info("workload: dma %s: %zu bytes at %#llx for the device\n", b->name, b->size,
          static_cast<unsigned long long>(b->address));
}

void do_dma_unmap(const Command& command, int cpu) {
  Buffer* b = find_buffer(command.value("name").text);
  if (b == nullptr || !b->mapped) return report_command(command, cpu, "no such mapping");
  dma_unmap_single(*edu_function(), b->address, b->size);
  b->mapped = false;
}

void do_dma_free(const Command& command, int cpu) {
  Buffer* b = find_buffer(command.value("name").text);
  if (b == nullptr || b->freed) return report_command(command, cpu, "no such buffer");
  free_pages(b->memory, get_order(b->size));
  b->freed = true;
}

void do_dma_transfer(const Command& command, int cpu) {
  const Buffer* b = find_buffer(command.value("name").text);
  if (b == nullptr) return report_command(command, cpu, "no such buffer");
  const u64 offset = command.number("offset"), bytes = command.number("bytes");
  const bool to_memory = command.number("direction") == 0;
  const bool inside = offset < b->size && bytes <= b->size - offset;
  // Different each time, so that what the device writes shows.
  static u8 fill = kFill;
  if (inside && to_memory && !b->freed) memset(b->memory + offset, ++fill, bytes);
  const u32 before = inside ? checksum(b->memory + offset, bytes) : 0;
  const long error = edu_transfer(b->address + offset, bytes, to_memory);
  if (error != 0) return report_command(command, cpu, "the device did not take the command");
  const bool changed = inside && checksum(b->memory + offset, bytes) != before;
  pr_info("workload: dma %s: %s %#llx%s\n", b->name, to_memory ? "wrote to" : "read from",
          static_cast<unsigned long long>(b->address + offset),
          !to_memory || !inside ? ""
          : changed             ? ", memory changed"
                                : ", memory unchanged");
}

void do_dma_flush(const Command&) { flush_unmaps(); }

void do_dma_show(const Command&) {
  const UnmapCounts counts = unmap_counts();
  pr_info("workload: dma: %s, %llu unmapped and not flushed, %llu batches flushed\n",
          intel_iommu_enabled() ? "translated" : "not translated",
          static_cast<unsigned long long>(counts.waiting),
          static_cast<unsigned long long>(counts.batches));
}
