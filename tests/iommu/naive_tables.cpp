#include "naive_tables.h"

#include <cstring>

namespace apicsim {
namespace {

constexpr unsigned used_indices[] = {0, 1, 2, 511};
constexpr std::uint64_t context_pages_end = 6;  ///< behind the root table's page

std::uint64_t bits(std::uint64_t value, unsigned high, unsigned low) {
  return value << (63 - high) >> (63 - high + low);
}

NaiveVerdict fault(std::initializer_list<unsigned> reasons) {
  NaiveVerdict verdict;
  verdict.reasons = reasons;
  return verdict;
}

/// One domain has one table (§6.2.3.1): its id follows from the table and its width.
std::uint64_t domain_of(std::uint64_t low, std::uint64_t high) {
  return ((low >> 12) * 8 + (high & 7)) % 65521;
}

/// A walk down from `table`, by `levels` of them.
NaiveVerdict naive_walk(const RandomTables& memory, const DmaConfig& config,
                        const DmaRequest& request, std::uint64_t table, unsigned levels) {
  std::uint64_t at = table;
  bool allowed = true;
  for (unsigned level = levels;; --level) {
    const unsigned low = 12 + 9 * (level - 1);
    const auto entry = memory.word(at + 8 * bits(request.address, low + 8, low));
    if (!entry) return fault({7});
    if (bits(*entry, 1, 0) == 0) return fault({request.write ? 5u : 6u});
    allowed = allowed && bits(*entry, request.write ? 1 : 0, request.write ? 1 : 0) == 1;
    const bool sized = bits(*entry, 7, 7) == 1 && level > 1;
    const bool leaf =
        level == 1 ||
        (sized && level <= 3 && bits(config.capability.large_pages, level - 2, level - 2) == 1);
    bool reserved = bits(*entry, 51, RandomTables::host_width) != 0 ||
                    (bits(*entry, 11, 11) == 1 && !(leaf && config.extended.snoop_control)) ||
                    (bits(*entry, 62, 62) == 1 && !(leaf && config.extended.device_tlb)) ||
                    (sized && !leaf);
    if (leaf && low > 12) reserved = reserved || bits(*entry, low - 1, 12) != 0;
    const unsigned refused = request.write ? 5 : 6;
    if (reserved && !allowed) return fault({0xC, refused});
    if (reserved) return fault({0xC});
    if (!allowed) return fault({refused});
    if (leaf) {
      NaiveVerdict verdict;
      verdict.address = bits(*entry, 51, low) << low | bits(request.address, low - 1, 0);
      if (bits(verdict.address, 63, 20) == 0xFEE) return fault({0xE});
      return verdict;
    }
    at = bits(*entry, 51, 12) << 12;
  }
}

}  // namespace

RandomTables::RandomTables(std::uint32_t seed) : m_random(seed), m_words(pages * page / 8) {
  for (std::uint64_t n = 0; n < pages; ++n) fill(n);
}

std::uint64_t RandomTables::number(std::uint64_t low, std::uint64_t high) {
  const std::uint64_t value = std::uint64_t{m_random()} << 32 | m_random();
  return low + value % (high - low + 1);
}

std::optional<std::uint64_t> RandomTables::word(std::uint64_t address) const {
  if (address % 8 != 0 || address / 8 >= m_words.size()) return std::nullopt;
  return m_words[address / 8];
}

bool RandomTables::read(std::uint64_t address, void* to, unsigned length, bool) {
  if (length > pages * page || address > pages * page - length) return false;
  std::memcpy(to, reinterpret_cast<const std::uint8_t*>(m_words.data()) + address, length);
  return true;
}

bool RandomTables::set_bits(std::uint64_t address, std::uint64_t set) {
  if (!word(address)) return false;
  m_words[address / 8] |= set;
  return true;
}

std::uint8_t RandomTables::byte(std::uint64_t address) const {
  return static_cast<std::uint8_t>(m_words.at(address / 8) >> (address % 8 * 8));
}

void RandomTables::put_byte(std::uint64_t address, std::uint8_t value) {
  const unsigned shift = address % 8 * 8;
  std::uint64_t& word = m_words.at(address / 8);
  word = (word & ~(std::uint64_t{0xFF} << shift)) | std::uint64_t{value} << shift;
}

void RandomTables::put(std::uint64_t address, std::uint64_t value) { m_words[address / 8] = value; }

std::uint64_t RandomTables::some_page() {
  if (chance(4)) return 0xFEE00000;
  if (chance(4)) return number(pages, pages + 1000) * page;
  return number(context_pages_end, pages - 1) * page;
}

/// Any bit may be wrong.
std::uint64_t RandomTables::damage(std::uint64_t value) {
  return chance(6) ? value ^ std::uint64_t{1} << number(0, 63) : value;
}

void RandomTables::fill_entry(std::uint64_t n, unsigned index) {
  const std::uint64_t at = n * page + std::uint64_t{index} * 8;
  if (n == 0) {
    const std::uint64_t entry = damage(number(1, context_pages_end - 1) * page | 1);
    put(at & ~std::uint64_t{8}, chance(4) ? entry & ~std::uint64_t{1} : entry);
    put(at | 8, chance(3) ? number(0, 3) : 0);
  } else if (n < context_pages_end) {
    const std::uint64_t type = chance(80) ? 0 : number(0, 3);
    const std::uint64_t width = chance(90) ? number(1, 2) : number(0, 7);
    const std::uint64_t low = damage(some_page() | type << 2 | (chance(10) ? 2 : 0) | 1);
    const std::uint64_t high = damage(width);
    put(at & ~std::uint64_t{8}, chance(4) ? low & ~std::uint64_t{1} : low);
    put(at | 8, (high & ~std::uint64_t{0xFFFF00}) | domain_of(low, high) << 8);
  } else {
    const std::uint64_t large = chance(10) ? 0x80 : 0;
    const std::uint64_t to = large != 0 && chance(80) ? number(0, 3) << 30 : some_page();
    put(at, damage(to | large | (chance(80) ? 3 : number(0, 3))));
  }
}

void RandomTables::fill(std::uint64_t n) {
  if (n == 0) {
    for (const std::uint16_t source : sources) fill_entry(0, 2u * (source >> 8));
  } else if (n < context_pages_end) {
    for (const std::uint16_t source : sources) fill_entry(n, 2u * (source & 0xFF));
  } else {
    for (const unsigned index : used_indices) fill_entry(n, index);
  }
}

void RandomTables::mutate(unsigned entries) {
  for (unsigned n = 0; n < entries; ++n) {
    const std::uint64_t at = number(0, pages - 1);
    const std::uint16_t source = sources[number(0, sources.size() - 1)];
    if (at == 0)
      fill_entry(at, 2u * (source >> 8));
    else if (at < context_pages_end)
      fill_entry(at, 2u * (source & 0xFF));
    else
      fill_entry(at, used_indices[number(0, 3)]);
  }
}

std::uint64_t RandomTables::address() {
  if (chance(3)) return number(0, ~std::uint64_t{0} - 1) & ~std::uint64_t{63};
  std::uint64_t result = number(0, 63) * 64;
  for (unsigned level = 1; level <= 4; ++level)
    result |= std::uint64_t{used_indices[number(0, 3)]} << (12 + 9 * (level - 1));
  return chance(70) ? result & ((std::uint64_t{1} << 39) - 1) : result;
}

NaiveVerdict naive_translation(const RandomTables& memory, const DmaConfig& config,
                               const DmaRequest& request) {
  const std::uint64_t host = std::uint64_t{1} << RandomTables::host_width;
  const auto root = memory.word(RandomTables::root + 16ull * bits(request.source, 15, 8));
  const auto root_high = memory.word(RandomTables::root + 16ull * bits(request.source, 15, 8) + 8);
  if (!root) return fault({8});
  if (bits(*root, 0, 0) == 0) return fault({1});
  if (bits(*root, 11, 1) != 0 || *root >= host || *root_high != 0) return fault({0xA});
  const std::uint64_t place = (bits(*root, 63, 12) << 12) + 16ull * bits(request.source, 7, 0);
  const auto low = memory.word(place);
  const auto high = memory.word(place + 8);
  if (!low) return fault({9});
  if (bits(*low, 0, 0) == 0) return fault({2});
  const std::uint64_t type = bits(*low, 3, 2);
  const bool pass = type == 2;
  const bool pointer_wrong = !pass && *low >= host;
  if (bits(*low, 11, 4) != 0 || bits(*high, 7, 7) != 0 || bits(*high, 63, 24) != 0 || pointer_wrong)
    return fault({0xB});
  const std::uint64_t width = bits(*high, 2, 0);
  const bool width_known =
      width <= 4 && bits(config.capability.page_walks, static_cast<unsigned>(width),
                         static_cast<unsigned>(width)) == 1;
  if (type == 3 || (type == 1 && !config.extended.device_tlb) ||
      (pass && !config.extended.pass_through) || !width_known)
    return fault({3});
  if (pass) {
    NaiveVerdict verdict;
    verdict.address = request.address;
    return request.address >= host ? fault({4}) : verdict;
  }
  const unsigned levels = static_cast<unsigned>(width) + 2;
  const unsigned reach = std::min(12 + 9 * levels, config.capability.guest_width + 1u);
  if (reach < 64 && request.address >> reach != 0) return fault({4});
  return naive_walk(memory, config, request, bits(*low, 63, 12) << 12, levels);
}

}  // namespace apicsim
