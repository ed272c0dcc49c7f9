// Descriptor rings of the network function in memory that both sides use.
#pragma once

#include "guest/iommu/dma_mapping.h"
#include "guest/mm/slab.h"

/// Legacy receive descriptor (82574L data sheet §7.1.4) and transmit descriptor (§7.2.10.1).
struct RxDescriptor {
  u64 address;
  u16 length, checksum;
  u8 status, errors;
  u16 special;
};
struct TxDescriptor {
  u64 address;
  u16 length;
  u8 checksum_offset, command, status, checksum_start;
  u16 special;
};
static_assert(sizeof(RxDescriptor) == 16 && sizeof(TxDescriptor) == 16, "16 bytes each");

inline constexpr u32 kRingLength = 256;  // the default of Linux's drivers: one page
inline constexpr u32 kRingBytes = kRingLength * 16;
inline constexpr u32 kBufferBytes = 2048;
inline constexpr u8 kDescriptorDone = 1;

template <typename Descriptor>
struct NicRing {
  Descriptor* descriptors;
  u64 address;  // as the function sees it
  u8* buffers[kRingLength];
  u32 next;  // the descriptor that is looked at, or filled, next
};

/// False without memory.
template <typename Descriptor>
bool make_ring(const PciFunction& f, NicRing<Descriptor>* ring) {
  *ring = {};
  ring->descriptors = static_cast<Descriptor*>(dma_alloc_coherent(f, kRingBytes, &ring->address));
  return ring->descriptors != nullptr;
}

/// With all buffers that it holds.
template <typename Descriptor>
void free_ring(const PciFunction& f, NicRing<Descriptor>* ring) {
  for (u32 i = 0; i < kRingLength; ++i) {
    if (ring->buffers[i] == nullptr) continue;
    dma_unmap_single(f, ring->descriptors[i].address, kBufferBytes);
    kfree(ring->buffers[i]);
  }
  if (ring->descriptors != nullptr)
    dma_free_coherent(f, kRingBytes, ring->descriptors, ring->address);
  *ring = {};
}
