#include "models/memory/physical_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace apicsim {
namespace {

constexpr std::uint64_t table_limit = std::uint64_t{1} << 46;

std::vector<RamRange> checked(std::vector<RamRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const RamRange& a, const RamRange& b) { return a.base < b.base; });
  std::uint64_t end = 0;
  for (const RamRange& range : ranges) {
    const std::uint64_t page = PhysicalMemory::page_size;
    if (range.size == 0 || range.base % page != 0 || range.size % page != 0)
      throw MemoryConfigError(fmt::format(
          "RAM range at {:#x} with size {:#x}: base and size must be multiples of 4 KiB, not empty",
          range.base, range.size));
    if (range.base > table_limit || range.size > table_limit - range.base)
      throw MemoryConfigError(fmt::format("RAM range at {:#x} with size {:#x} ends above 2^46",
                                          range.base, range.size));
    if (range.base < end)
      throw MemoryConfigError(
          fmt::format("RAM range at {:#x} overlaps the one that ends at {:#x}", range.base, end));
    end = range.base + range.size;
  }
  return ranges;
}

}  // namespace

PhysicalMemory::PhysicalMemory(const sc_core::sc_module_name& name, std::vector<RamRange> ranges)
    : sc_module(name), socket("socket"), m_ranges(checked(std::move(ranges))) {
  const std::uint64_t end = m_ranges.empty() ? 0 : m_ranges.back().base + m_ranges.back().size;
  const std::uint64_t chunks = (end + chunk_size - 1) >> chunk_shift;
  m_chunks.resize(chunks);
  m_whole.resize(chunks, nullptr);
  m_pages = end / page_size;
  m_code_bits = HostMapping((m_pages / 64 + 1) * sizeof(std::uint64_t));
  m_code = reinterpret_cast<std::uint64_t*>(m_code_bits.data());
  socket.register_b_transport(this, &PhysicalMemory::b_transport);
  socket.register_transport_dbg(this, &PhysicalMemory::transport_dbg);
  socket.register_get_direct_mem_ptr(this, &PhysicalMemory::get_direct_mem_ptr);
}

const RamRange* PhysicalMemory::range_of(std::uint64_t physical) const {
  auto after = std::upper_bound(
      m_ranges.begin(), m_ranges.end(), physical,
      [](std::uint64_t address, const RamRange& range) { return address < range.base; });
  if (after == m_ranges.begin()) return nullptr;
  const RamRange& range = *(after - 1);
  return physical - range.base < range.size ? &range : nullptr;
}

bool PhysicalMemory::is_ram(std::uint64_t physical, std::uint64_t size) const {
  // Ranges may touch each other, so an access may span several of them.
  for (;;) {
    const RamRange* const range = range_of(physical);
    if (range == nullptr) return false;
    const std::uint64_t left = range->size - (physical - range->base);
    if (size <= left) return true;
    physical += left;
    size -= left;
  }
}

std::byte* PhysicalMemory::host_slow(std::uint64_t physical) {
  if (range_of(physical) == nullptr) return nullptr;
  const std::uint64_t index = physical >> chunk_shift;
  std::byte* data = m_chunks[index].data();
  if (data == nullptr) data = create_chunk(index);
  return data + (physical & (chunk_size - 1));
}

std::byte* PhysicalMemory::create_chunk(std::uint64_t index) {
  m_chunks[index] = HostMapping(chunk_size);
  const std::uint64_t ram = ram_in_chunk(index);
  if (ram == chunk_size) m_whole[index] = m_chunks[index].data();
  m_chunk_bytes += ram;
  return m_chunks[index].data();
}

std::uint64_t PhysicalMemory::ram_in_chunk(std::uint64_t index) const {
  const std::uint64_t first = index << chunk_shift;
  std::uint64_t bytes = 0;
  for (const RamRange& range : m_ranges) {
    const std::uint64_t low = std::max(first, range.base);
    const std::uint64_t high = std::min(first + chunk_size, range.base + range.size);
    if (low < high) bytes += high - low;
  }
  return bytes;
}

bool PhysicalMemory::read(std::uint64_t physical, void* to, std::size_t size) const {
  if (!is_ram(physical, size)) return false;
  auto* out = static_cast<std::byte*>(to);
  while (size > 0) {
    const std::uint64_t offset = physical & (chunk_size - 1);
    const std::size_t part = std::min<std::uint64_t>(size, chunk_size - offset);
    const std::byte* const data = m_chunks[physical >> chunk_shift].data();
    if (data != nullptr)
      std::memcpy(out, data + offset, part);
    else
      std::memset(out, 0, part);
    physical += part;
    out += part;
    size -= part;
  }
  return true;
}

bool PhysicalMemory::write(std::uint64_t physical, const void* from, std::size_t size) {
  if (!is_ram(physical, size)) return false;
  const auto* in = static_cast<const std::byte*>(from);
  const std::uint64_t start = physical;
  for (std::size_t done = 0; done < size;) {
    const std::uint64_t offset = physical & (chunk_size - 1);
    const std::size_t part = std::min<std::uint64_t>(size - done, chunk_size - offset);
    std::memcpy(host(physical), in + done, part);
    physical += part;
    done += part;
  }
  tell_code_written(start, size);
  return true;
}

void PhysicalMemory::tell_code_written(std::uint64_t physical, std::size_t size) {
  if (m_listener == nullptr || size == 0) return;
  const std::uint64_t last = (physical + size - 1) / page_size;
  for (std::uint64_t page = physical / page_size; page <= last; ++page)
    if (holds_code(page * page_size)) m_listener->code_written(page * page_size);
}

std::uint64_t PhysicalMemory::ram_bytes() const {
  std::uint64_t bytes = 0;
  for (const RamRange& range : m_ranges) bytes += range.size;
  return bytes;
}

std::uint64_t PhysicalMemory::touched_bytes() const {
  std::uint64_t bytes = 0;
  visit_touched([&bytes](std::uint64_t, const std::byte*) { bytes += page_size; });
  return bytes;
}

void PhysicalMemory::visit_touched(const PageVisitor& visit) const {
  static constexpr std::array<std::byte, page_size> zeros{};
  for (std::size_t index = 0; index < m_chunks.size(); ++index) {
    const std::byte* const data = m_chunks[index].data();
    if (data == nullptr) continue;
    for (std::uint64_t offset = 0; offset < chunk_size; offset += page_size)
      if (std::memcmp(data + offset, zeros.data(), page_size) != 0)
        visit((std::uint64_t{index} << chunk_shift) + offset, data + offset);
  }
}

}  // namespace apicsim
