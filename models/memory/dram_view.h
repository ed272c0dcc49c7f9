#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/memory/write_back_listener.h"

namespace apicsim {

class PhysicalMemory;

/// What the memory chips hold while caches hold newer data: what an agent reads that does not snoop
/// (PCIe 5.0 §2.2.6.5; VT-d §10.4.3, C). PhysicalMemory itself has what CPUs see.
///
/// A page is kept apart from the first store of a CPU on; its lines follow when they are written
/// back: CLFLUSH, WBINVD, eviction, non-temporal stores, DMA. Without anybody who evicts
/// (functional execution) that is a cache without bounds.
class DramView final : public WriteBackListener {
 public:
  explicit DramView(PhysicalMemory& memory);

  /// A CPU's stores to the page of this address need not be announced any more.
  bool tracks(std::uint64_t physical) const { return find(physical) != nullptr; }
  /// Before a CPU stores there.
  void before_store(std::uint64_t physical);

  /// The line of 64 bytes around the address goes to memory.
  void line_written_back(std::uint64_t physical) override;
  /// The lines of physical ..< physical + size do: non-temporal stores, writes of devices.
  void written_back(std::uint64_t physical, std::uint64_t size);
  void all_written_back();

  /// False, with nothing copied, when a byte is not RAM.
  bool read(std::uint64_t physical, void* to, std::size_t size) const;

 private:
  static constexpr unsigned page_shift = 12;
  static constexpr unsigned chunk_pages = 512;
  using Page = std::array<std::byte, std::size_t{1} << page_shift>;
  using Chunk = std::array<std::unique_ptr<Page>, chunk_pages>;

  Page* find(std::uint64_t physical) const {
    const std::uint64_t page = physical >> page_shift;
    const std::uint64_t chunk = page / chunk_pages;
    if (chunk >= m_chunks.size() || m_chunks[chunk] == nullptr) return nullptr;
    return (*m_chunks[chunk])[page % chunk_pages].get();
  }

  PhysicalMemory& m_memory;
  std::vector<std::unique_ptr<Chunk>> m_chunks;
};

}  // namespace apicsim
