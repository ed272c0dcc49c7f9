#include "models/memory/dram_view.h"

#include <algorithm>
#include <cstring>

#include "models/memory/physical_memory.h"

namespace apicsim {
namespace {

constexpr std::uint64_t line_size = 64;
constexpr std::uint64_t page_size = PhysicalMemory::page_size;

}  // namespace

DramView::DramView(PhysicalMemory& memory) : m_memory(memory) {
  const auto& ranges = memory.ranges();
  const std::uint64_t end = ranges.empty() ? 0 : ranges.back().base + ranges.back().size;
  m_chunks.resize((end + page_size * chunk_pages - 1) / (page_size * chunk_pages));
}

void DramView::before_store(std::uint64_t physical) {
  if (tracks(physical)) return;
  const std::byte* const now = m_memory.host(physical & ~(page_size - 1));
  if (now == nullptr) return;
  const std::uint64_t number = physical >> page_shift;
  std::unique_ptr<Chunk>& chunk = m_chunks[number / chunk_pages];
  if (chunk == nullptr) chunk = std::make_unique<Chunk>();
  auto page = std::make_unique<Page>();
  std::memcpy(page->data(), now, page->size());
  (*chunk)[number % chunk_pages] = std::move(page);
}

void DramView::line_written_back(std::uint64_t physical) {
  Page* const page = find(physical);
  if (page == nullptr) return;
  const std::uint64_t line = physical & ~(line_size - 1);
  std::memcpy(page->data() + line % page_size, m_memory.host(line), line_size);
}

void DramView::written_back(std::uint64_t physical, std::uint64_t size) {
  if (size == 0) return;
  const std::uint64_t last = (physical + size - 1) / line_size;
  for (std::uint64_t line = physical / line_size; line <= last; ++line)
    line_written_back(line * line_size);
}

void DramView::all_written_back() {
  for (std::uint64_t i = 0; i < m_chunks.size(); ++i) {
    if (m_chunks[i] == nullptr) continue;
    for (std::uint64_t j = 0; j < chunk_pages; ++j)
      if (Page* const page = (*m_chunks[i])[j].get())
        std::memcpy(page->data(), m_memory.host((i * chunk_pages + j) * page_size), page->size());
  }
}

bool DramView::read(std::uint64_t physical, void* to, std::size_t size) const {
  if (!m_memory.read(physical, to, size)) return false;
  auto* const bytes = static_cast<std::byte*>(to);
  for (std::size_t done = 0; done < size;) {
    const std::uint64_t offset = (physical + done) % page_size;
    const auto part = static_cast<std::size_t>(std::min(size - done, page_size - offset));
    if (const Page* const page = find(physical + done))
      std::memcpy(bytes + done, page->data() + offset, part);
    done += part;
  }
  return true;
}

}  // namespace apicsim
