#pragma once

#include "vtd.h"

/// The invalidation queue of the unit, §6.5.2: one page of 256 descriptors.

namespace vtd {

struct Descriptor {
  u64 low, high;
};

/// Types of §6.5.2, bits 3:0.
namespace descriptor {
constexpr u64 context = 1, iotlb = 2, device_tlb = 3, interrupt_entries = 4, wait = 5;
constexpr u64 wait_interrupt = 1 << 4, wait_write = 1 << 5, wait_fence = 1 << 6;

constexpr Descriptor contexts(u64 granularity, u32 domain = 0, u32 source = 0, u32 mask = 0) {
  return {context | granularity << 4 | u64{domain} << 16 | u64{source} << 32 | u64{mask} << 48, 0};
}
constexpr Descriptor pages(u64 granularity, u32 domain = 0, u64 page = 0, u32 address_mask = 0) {
  return {iotlb | granularity << 4 | u64{domain} << 16, page | address_mask};
}
constexpr Descriptor all_entries() { return {interrupt_entries, 0}; }
constexpr Descriptor entries(u32 index, u32 index_mask) {
  return {interrupt_entries | 1 << 4 | u64{index_mask} << 27 | u64{index} << 32, 0};
}
}  // namespace descriptor

/// Sets address and tail, and switches it on.
bool start_queue();
/// Puts a wait into it and switches it off.
bool stop_queue();
/// Puts descriptors into the queue without asking for their end.
void submit(const Descriptor* from, unsigned count);
inline void submit(const Descriptor& one) { submit(&one, 1); }
/// The queue's place for descriptor `index`.
Descriptor& slot(unsigned index);
unsigned queue_index(u32 head_or_tail);
/// Writes that status by a wait descriptor, and says whether it came.
bool wait_for_queue();
/// The descriptor and its end.
bool perform(const Descriptor& one);
extern volatile u32 wait_status;
/// After an error: the descriptor at the head becomes one that does no harm, the error is cleared,
/// and the queue goes on.
void pass_bad_descriptor();

}  // namespace vtd
