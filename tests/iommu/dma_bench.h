#pragma once

#include <cstring>
#include <map>
#include <optional>
#include <vector>

#include "models/iommu/dma_remapping.h"
#include "models/iommu/spec/context_entry.h"
#include "models/iommu/spec/page_table.h"

namespace apicsim::testing {

/// Memory of a unit: 0 ..< size, zeros at first. Keeps which addresses were read.
class TestMemory final : public RemappingMemory {
 public:
  explicit TestMemory(std::uint64_t size) : m_bytes(size) {}

  bool read(std::uint64_t address, void* to, unsigned length, bool snoop) override {
    reads.push_back(address);
    snooped = snoop;
    if (address >= m_bytes.size() || length > m_bytes.size() - address) return false;
    std::memcpy(to, m_bytes.data() + address, length);
    return true;
  }
  bool set_bits(std::uint64_t address, std::uint64_t bits) override {
    if (address >= m_bytes.size() || m_bytes.size() - address < 8) return false;
    poke(address, peek(address) | bits);
    return true;
  }

  std::uint64_t peek(std::uint64_t address) const {
    std::uint64_t value;
    std::memcpy(&value, m_bytes.data() + address, sizeof value);
    return value;
  }
  void poke(std::uint64_t address, std::uint64_t value) {
    std::memcpy(m_bytes.data() + address, &value, sizeof value);
  }
  std::uint64_t size() const { return m_bytes.size(); }

  std::vector<std::uint64_t> reads;
  bool snooped = false;

 private:
  std::vector<unsigned char> m_bytes;
};

/// A unit with every capability of legacy mode, and tables for one device, 3a:05.6.
struct DmaBench {
  static constexpr std::uint64_t memory_size = 4u << 20;
  static constexpr std::uint64_t root = 0x1000, context = 0x2000, tables = 0x10000;
  static constexpr std::uint16_t source = 0x3A2E;
  static constexpr std::uint16_t domain = 0x77;

  static DmaConfig full() {
    DmaConfig config;
    config.capability = vtd::Capability::decode(0);
    config.capability.domains = 6;
    config.capability.page_walks = 0xF;
    config.capability.guest_width = 56;
    config.capability.large_pages = 3;
    config.capability.zero_length_read = true;
    config.extended.coherent = true;
    config.extended.pass_through = true;
    config.extended.device_tlb = true;
    config.extended.snoop_control = true;
    return config;
  }

  TestMemory memory{memory_size};
  DmaRemapping dma;
  Cycle now = 0;
  std::uint64_t next_table = tables;

  explicit DmaBench(const DmaConfig& config = full()) : dma(config, memory) {
    dma.set_root(root, TableMode::legacy);
    dma.enable(true);
    set_root(context | 1, 0);
    set_context(tables | 1, std::uint64_t{domain} << 8 | 2);
  }

  static constexpr std::uint64_t root_place(std::uint16_t id) { return root + (id >> 8) * 16; }
  static constexpr std::uint64_t context_place(std::uint16_t id) {
    return context + (id & 0xFF) * 16;
  }
  void set_root(std::uint64_t low, std::uint64_t high, std::uint16_t id = source) {
    memory.poke(root_place(id), low);
    memory.poke(root_place(id) + 8, high);
  }
  void set_context(std::uint64_t low, std::uint64_t high, std::uint16_t id = source) {
    memory.poke(context_place(id), low);
    memory.poke(context_place(id) + 8, high);
  }

  /// Where the entry of `level` for an address lies; tables on the way are made, readable and
  /// writable, below the one at `base`.
  std::uint64_t place(std::uint64_t address, unsigned levels, unsigned level,
                      std::uint64_t base = tables, std::uint64_t bits = 3) {
    for (unsigned at = levels;; --at) {
      const std::uint64_t entry = base + (address >> vtd::level_shift(at) & 0x1FF) * 8;
      if (at == level) return entry;
      if (memory.peek(entry) == 0) memory.poke(entry, (next_table += 0x1000) | bits);
      base = memory.peek(entry) & 0x000FFFFFFFFFF000;
    }
  }
  /// Maps a page of the second level.
  void map(std::uint64_t address, std::uint64_t entry, unsigned levels = 4, unsigned level = 1) {
    memory.poke(place(address, levels, level), entry);
  }

  static DmaRequest request(std::uint64_t address, bool write = false, RequestTag tag = {}) {
    return {address, source, write, tag};
  }
  DmaResult ask(const DmaRequest& request) {
    memory.reads.clear();
    return dma.translate(request, now);
  }
  DmaResult ask(std::uint64_t address, bool write = false, RequestTag tag = {}) {
    return ask(request(address, write, tag));
  }
  /// The reason of a fault, 0 for none that is recorded, -1 for a translation.
  int reason(std::uint64_t address, bool write = false, RequestTag tag = {}) {
    const DmaResult result = ask(address, write, tag);
    const auto* const fault = std::get_if<DmaFault>(&result);
    return fault == nullptr ? -1 : static_cast<int>(fault->reason);
  }
  /// The address that a request goes to, none if it is blocked.
  std::optional<std::uint64_t> target(std::uint64_t address, bool write = false,
                                      RequestTag tag = {}) {
    const DmaResult result = ask(address, write, tag);
    const auto* const translation = std::get_if<DmaTranslation>(&result);
    if (translation == nullptr) return std::nullopt;
    return translation->address;
  }
};

inline RequestTag typed(RequestTag::AddressType type) {
  RequestTag tag;
  tag.address_type = type;
  return tag;
}
inline const RequestTag asking = typed(RequestTag::AddressType::translation_request);
inline const RequestTag translated = typed(RequestTag::AddressType::translated);

}  // namespace apicsim::testing
