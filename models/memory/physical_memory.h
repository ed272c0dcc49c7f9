#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <systemc>
#include <tlm>
#include <type_traits>
#include <vector>

#include "models/memory/dram_view.h"
#include "models/memory/host_mapping.h"

namespace apicsim {

/// RAM at physical addresses base ..< base + size; both multiples of 4 KiB, size not zero.
struct RamRange {
  std::uint64_t base = 0;
  std::uint64_t size = 0;
};

/// A description of memory that cannot be built; the text names the range.
class MemoryConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Told when somebody other than the CPUs (DMA, loader) changes bytes of a page that is marked as
/// holding translated code. `page` is the physical address of that 4 KiB page.
class CodeWriteListener {
 public:
  virtual ~CodeWriteListener() = default;
  virtual void code_written(std::uint64_t page) = 0;
};

/// Told of every access that comes through the socket: those of devices, which caches have to hear
/// of. CPUs go by direct memory pointers.
class BusAccessListener {
 public:
  virtual ~BusAccessListener() = default;
  virtual void bus_access(std::uint64_t physical, std::uint64_t size, bool write) = 0;
};

/// Sparse physical memory: RAM ranges with holes, held in 2 MiB chunks that exist from their first
/// use; host pages inside a chunk exist from their first write.
///
/// The TLM socket takes absolute physical addresses and adds no delay: what a memory access costs
/// belongs to whoever stands in front (caches, memory controller). An access that is not wholly
/// RAM fails with TLM_ADDRESS_ERROR_RESPONSE and changes nothing. Direct memory pointers cover the
/// part of a chunk that lies in one RAM range; who writes through a pointer looks at holds_code()
/// himself.
class PhysicalMemory final : public sc_core::sc_module {
 public:
  static constexpr std::uint64_t page_size = 4096;
  static constexpr unsigned chunk_shift = 21;
  static constexpr std::uint64_t chunk_size = std::uint64_t{1} << chunk_shift;
  /// Physical addresses are below this (52 bits, SDM Vol. 3 §4.1.4).
  static constexpr std::uint64_t address_limit = std::uint64_t{1} << 52;

  tlm_utils::simple_target_socket<PhysicalMemory> socket;

  /// Ranges in any order; throws MemoryConfigError on overlap, misalignment, emptiness or an end
  /// above 2^46 (the chunk table is linear).
  PhysicalMemory(const sc_core::sc_module_name& name, std::vector<RamRange> ranges);

  /// The host's byte of a physical address, nullptr where there is no RAM. Valid for the lifetime
  /// of the memory and contiguous up to the end of the 4 KiB page.
  std::byte* host(std::uint64_t physical) {
    const std::uint64_t index = physical >> chunk_shift;
    if (index < m_whole.size() && m_whole[index] != nullptr)
      return m_whole[index] + (physical & (chunk_size - 1));
    return host_slow(physical);
  }

  /// All of physical ..< physical + size is RAM (true for size 0 inside RAM).
  bool is_ram(std::uint64_t physical, std::uint64_t size) const;

  /// Copies out or in; false, with nothing copied, when a byte is not RAM. Reading does not create
  /// chunks. Writing tells the listener of code pages.
  bool read(std::uint64_t physical, void* to, std::size_t size) const;
  bool write(std::uint64_t physical, const void* from, std::size_t size);

  /// Little-endian values; throws std::out_of_range when a byte is not RAM.
  template <typename T>
  T read_value(std::uint64_t physical) const {
    static_assert(std::is_trivially_copyable_v<T>, "bytes are copied");
    T value;
    if (!read(physical, &value, sizeof value)) throw std::out_of_range("read outside RAM");
    return value;
  }
  template <typename T>
  void write_value(std::uint64_t physical, const T& value) {
    static_assert(std::is_trivially_copyable_v<T>, "bytes are copied");
    if (!write(physical, &value, sizeof value)) throw std::out_of_range("write outside RAM");
  }

  // --- translated code, one bit per 4 KiB page -------------------------------------------------
  bool holds_code(std::uint64_t physical) const {
    const std::uint64_t page = physical / page_size;
    return page < m_pages && ((m_code[page / 64] >> (page % 64)) & 1) != 0;
  }
  void set_code(std::uint64_t physical) {
    const std::uint64_t page = physical / page_size;
    if (page < m_pages) m_code[page / 64] |= std::uint64_t{1} << (page % 64);
  }
  void clear_code(std::uint64_t physical) {
    const std::uint64_t page = physical / page_size;
    if (page < m_pages) m_code[page / 64] &= ~(std::uint64_t{1} << (page % 64));
  }
  /// At most one listener, not owned; nullptr for none.
  void set_code_write_listener(CodeWriteListener* listener) { m_listener = listener; }
  void set_bus_access_listener(BusAccessListener* listener) { m_bus_listener = listener; }

  /// From now on, what memory chips hold is kept apart from what caches hold, for reads that do not
  /// snoop; those see the newest data otherwise.
  void keep_dram_view() { m_dram = std::make_unique<DramView>(*this); }
  DramView* dram_view() { return m_dram.get(); }  ///< nullptr unless kept

  // --- what there is, and what it costs --------------------------------------------------------
  const std::vector<RamRange>& ranges() const { return m_ranges; }  ///< sorted by base
  std::uint64_t ram_bytes() const;
  /// Bytes of chunks that were used so far (multiples of 2 MiB less what is not RAM).
  std::uint64_t chunk_bytes() const { return m_chunk_bytes; }
  /// Bytes of 4 KiB pages that hold anything but zeros. Looks at every chunk: for the summary.
  std::uint64_t touched_bytes() const;
  /// Called in ascending order with the physical address and the bytes of every 4 KiB page that
  /// holds anything but zeros.
  using PageVisitor = std::function<void(std::uint64_t physical, const std::byte* data)>;
  void visit_touched(const PageVisitor& visit) const;

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);

  tlm::tlm_response_status access(tlm::tlm_generic_payload& payload);
  bool reads_dram(const tlm::tlm_generic_payload& payload) const;
  void write_enabled(const tlm::tlm_generic_payload& payload);
  void read_enabled(const tlm::tlm_generic_payload& payload);
  const RamRange* range_of(std::uint64_t physical) const;
  std::byte* host_slow(std::uint64_t physical);
  std::byte* create_chunk(std::uint64_t index);
  std::uint64_t ram_in_chunk(std::uint64_t index) const;
  void tell_code_written(std::uint64_t physical, std::size_t size);

  std::vector<RamRange> m_ranges;
  std::vector<HostMapping> m_chunks;  ///< by chunk number; empty until used
  std::vector<std::byte*> m_whole;    ///< chunks that are used and RAM throughout
  std::uint64_t m_pages = 0;          ///< pages up to the end of the last range
  HostMapping m_code_bits;
  std::uint64_t* m_code = nullptr;
  std::uint64_t m_chunk_bytes = 0;
  CodeWriteListener* m_listener = nullptr;
  BusAccessListener* m_bus_listener = nullptr;
  std::unique_ptr<DramView> m_dram;
};

}  // namespace apicsim
