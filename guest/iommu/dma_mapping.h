#pragma once

#include "guest/drivers/pci.h"

// Memory as devices see it: what drivers hand to their devices goes through here
// (include/linux/dma-mapping.h). Without a remapping unit, or past it, addresses are physical.

enum class DmaDirection : u8 { both = 0, to_device = 1, from_device = 2 };
inline constexpr u64 kDmaMappingError = ~u64{0};

// The addresses that a device can send, all ones below some bit; 32 bits until a driver says so.
void dma_set_mask(const PciFunction& f, u64 mask);

// The address of `size` bytes of kernel memory for the device until it is unmapped;
// kDmaMappingError if there is none.
u64 dma_map_single(const PciFunction& f, const void* memory, size_t size, DmaDirection direction);
// Takes it back. In deferred mode the device may reach the memory until the next flush.
void dma_unmap_single(const PciFunction& f, u64 address, size_t size);

// Zeroed memory that both use at the same time, whole pages; null if there is none.
void* dma_alloc_coherent(const PciFunction& f, size_t size, u64* address);
void dma_free_coherent(const PciFunction& f, size_t size, void* memory, u64 address);
