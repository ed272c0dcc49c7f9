#include <algorithm>
#include <array>
#include <random>

#include "tests/catch.h"
#include "tests/iommu/vtd_bench.h"

// Random registers, queues and tables on a unit with memory. Whatever software does, the unit
// goes on, writes to memory only where descriptors point, and delivers only what a table's entry
// (or compatibility format, where it is allowed) says.

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr std::uint64_t status_page = 0x5000;
/// 256 entries of the interrupt table, 256 descriptors, a page of tables each.
constexpr std::uint64_t tables_begin = 0x300000, tables_pages = 32;

class Fuzzer {
 public:
  Fuzzer(const VtdUnit::Config& config, std::uint32_t seed) : m_bench(config), m_random(seed) {
    for (std::uint64_t n = 0; n < 256; ++n) put_interrupt_entry(n);
    for (std::uint64_t n = 0; n < 256; ++n) put_descriptor(n);
    for (std::uint64_t at = tables_begin; at < tables_begin + tables_pages * 4096; at += 8)
      m_bench.poke(at, table_entry(at));
  }

  void step() {
    switch (number(0, 9)) {
      case 0:
        put_interrupt_entry(number(0, 255));
        break;
      case 1:
        put_descriptor(number(0, 255));
        break;
      case 2:
        put_table_entry();
        break;
      case 3:
      case 4:
        request_interrupt();
        break;
      case 5:
      case 6:
        request_memory();
        break;
      default:
        write_register();
        break;
    }
    mend_queue();
    if (number(0, 99) == 0) sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_US));
    read_register();
  }

  VtdBench& bench() { return m_bench; }
  unsigned translations() const { return m_translations; }
  unsigned faults() const { return m_faults; }
  /// Every message that went out is that of an entry the table has had, of the unit's own events,
  /// or one in compatibility format.
  bool all_messages_justified() const {
    const auto& sent = m_bench.interrupts.sent;
    return std::all_of(sent.begin(), sent.end(), [this](const SentInterrupts::Sent& one) {
      return m_vectors[one.message.vector];
    });
  }

 private:
  std::uint64_t number(std::uint64_t low, std::uint64_t high) {
    const std::uint64_t value = std::uint64_t{m_random()} << 32 | m_random();
    return low + value % (high - low + 1);
  }
  std::uint64_t flipped(std::uint64_t value) {
    return number(0, 7) == 0 ? value ^ std::uint64_t{1} << number(0, 63) : value;
  }

  /// Four root tables, four context tables, and page tables behind them; some values are wrong.
  std::uint64_t table_entry(std::uint64_t at) {
    const std::uint64_t table = (at - tables_begin) / 4096;
    const bool upper = at % 16 != 0;
    if (number(0, 30) == 0) return number(0, ~std::uint64_t{0} - 1);
    if (table < 4) return upper ? 0 : flipped(page_of(4, 7) | 1);
    if (table < 8) return flipped(upper ? number(0, 3) << 8 | number(1, 2) : page_of(8, 31) | 1);
    return flipped(page_of(8, tables_pages - 1) | number(1, 3));
  }
  std::uint64_t page_of(std::uint64_t first, std::uint64_t last) {
    return tables_begin + number(first, last) * 4096;
  }

  void put_table_entry() {
    const std::uint64_t at = tables_begin + number(0, tables_pages * 512 - 1) * 8;
    m_bench.poke(at, table_entry(at));
  }

  /// Software that has seen an error of the queue puts something else there and goes on.
  void mend_queue() {
    if ((m_bench.in(0x34) & 0x10) == 0 || number(0, 3) == 0) return;
    const std::uint64_t head = m_bench.in64(0x80);
    m_bench.poke(VtdBench::queue_base + head, std::uint64_t{0x12});
    m_bench.poke(VtdBench::queue_base + head + 8, std::uint64_t{0});
    m_bench.out(0x34, 0x70);
  }

  /// Entries have even vectors; odd ones never come from the table.
  void put_interrupt_entry(std::uint64_t index) {
    const std::uint64_t vector = number(0x10, 0x7F) * 2;
    const std::uint64_t low =
        (number(0, 3) == 0 ? 0 : 1) | number(0, 7) << 2 | vector << 16 | number(0, 255) << 40;
    m_vectors[vector] = true;
    m_bench.set_entry(static_cast<std::uint16_t>(index), low,
                      number(0, 2) == 0 ? 0 : number(0, 0xFFFFF));
  }

  /// What waits write goes to the status page, and nowhere else.
  void put_descriptor(std::uint64_t index) {
    constexpr std::array<std::uint64_t, 9> types{1, 2, 3, 4, 5, 6, 7, 8, 9};
    const std::uint64_t type = number(0, 19) == 0 ? number(0, 15) : types[number(0, 8)];
    std::uint64_t low = type | number(0, ~std::uint64_t{0} - 1) << 4;
    if (number(0, 9) != 0) low = (low & 0x00000000FFFF0000) | 0x10 | type;
    std::uint64_t high = number(0, 9) != 0 ? 0 : number(0, ~std::uint64_t{0} - 1);
    if (type == 5) {
      low |= 0x20;
      high = status_page + number(0, 1023) * 4;
    }
    m_bench.poke(VtdBench::queue_base + index * 16, low);
    m_bench.poke(VtdBench::queue_base + index * 16 + 8, high);
  }

  void write_register() {
    constexpr std::array<std::uint32_t, 24> offsets{
        0x18, 0x18, 0x18, 0x18, 0x20, 0x28, 0x2C, 0x34, 0x38, 0x64, 0x68,  0x6C,
        0x70, 0x78, 0x80, 0x88, 0x88, 0x88, 0x90, 0x9C, 0xA0, 0xB8, 0x108, 0x208};
    const std::uint32_t offset = number(0, 9) == 0
                                     ? static_cast<std::uint32_t>(number(0, 0xFFC)) & ~3u
                                     : offsets[number(0, offsets.size() - 1)];
    std::uint64_t value = number(0, ~std::uint64_t{0} - 1);
    if (offset == 0x18) value = m_bench.in(0x1C) ^ std::uint64_t{1} << number(23, 31);
    if (offset == 0x20)
      value = tables_begin + number(0, 3) * 4096 + (number(0, 9) == 0 ? 0x400 : 0);
    if (offset == 0x88) value = number(0, 255) << 4;
    if (offset == 0x90) value = VtdBench::queue_base;
    if (offset == 0xB8) value = VtdBench::table_base | number(0, 7);
    // Event messages and the page request queue: away from what is looked at.
    if (is_event_register(offset)) return;
    if (number(0, 1) == 0 || offset % 8 != 0)
      m_bench.out(offset, static_cast<std::uint32_t>(value));
    else
      m_bench.out64(offset, value);
  }
  static bool is_event_register(std::uint32_t offset) {
    return (offset >= 0x38 && offset < 0x48) || (offset >= 0x9C && offset < 0xB0) ||
           (offset >= 0xC0 && offset < 0x100);
  }

  void read_register() {
    const std::uint64_t offset = number(0, 0xFF8);
    number(0, 1) == 0 ? m_bench.in64(offset & ~7u) : m_bench.in(offset & ~3u);
  }

  void request_interrupt() {
    const bool remappable = number(0, 3) != 0;
    const std::uint64_t address =
        remappable ? VtdBench::by_handle(static_cast<std::uint32_t>(number(0, 300)))
                   : 0xFEE00000 | number(0, 255) << 12;
    const bool table_on = (m_bench.in(0x1C) & 0x02000000) != 0;
    const auto data = static_cast<std::uint32_t>(number(0, 0xFFFF));
    // An odd vector in compatibility format is let through if the unit says that it may be.
    if (!remappable && table_on && (m_bench.in(0x1C) & 0x00800000) != 0)
      m_vectors[data & 0xFF] = true;
    m_bench.request(address, data, static_cast<std::uint16_t>(number(0, 0xFFFF)));
  }

  void request_memory() {
    DmaRequest request;
    request.source = static_cast<std::uint16_t>(number(0, 0x2FF));
    request.address = number(0, number(0, 9) == 0 ? ~std::uint64_t{0} - 1 : 0x7FFFFFFFFF);
    request.write = number(0, 1) == 0;
    Cycle now = 0;
    const bool on = (m_bench.in(0x1C) & 0x80000000) != 0;
    const DmaResult result = m_bench.unit.translate(request, now);
    if (!on) return;
    const auto* const translation = std::get_if<DmaTranslation>(&result);
    translation != nullptr ? ++m_translations : ++m_faults;
    if (translation == nullptr) return;
    CHECK((request.write ? translation->write : translation->read));
    CHECK(translation->address % 4096 == request.address % 4096);
    CHECK(translation->address >> 20 != 0xFEE);
  }

  VtdBench m_bench;
  std::mt19937 m_random;
  std::array<bool, 256> m_vectors{};
  unsigned m_translations = 0, m_faults = 0;
};

VtdUnit::Config newer() {
  VtdUnit::Config config = gen8();
  config.capability.caching_mode = true;
  config.capability.posted_interrupts = true;
  config.extended.scalable_mode = config.extended.pasid = config.extended.page_requests = true;
  config.extended.device_tlb = config.extended.second_level = config.extended.first_level = true;
  config.extended.nested = true;
  return config;
}

void fuzz(VtdUnit::Config config, std::uint32_t seed) {
  config.report_unmodelled = true;
  Fuzzer fuzzer(config, seed);
  VtdBench& bench = fuzzer.bench();
  constexpr std::uint64_t watched = 0x400000;
  for (std::uint64_t at = watched; at < watched + 0x100000; at += 8)
    bench.poke(at, std::uint64_t{0xC0FFEE});
  for (unsigned n = 0; n < 40'000; ++n) fuzzer.step();
  CHECK(fuzzer.all_messages_justified());
  CHECK(fuzzer.faults() > 100);
  CHECK(fuzzer.translations() > 100);
  CHECK(bench.unit.statistics().descriptors > 100);
  CHECK(bench.interrupts.sent.size() > 100);
  bool untouched = true;
  for (std::uint64_t at = watched; at < watched + 0x100000; at += 8)
    untouched = untouched && bench.peek<std::uint64_t>(at) == 0xC0FFEE;
  CHECK(untouched);
}

}  // namespace

TEST_CASE("A unit as on Gen8 survives whatever is written to its registers, tables and queue") {
  fuzz(gen8(), 1);
}

TEST_CASE("A unit as on Gen8 survives other random registers, tables and queues") {
  fuzz(gen8(), 20121129);
}

TEST_CASE("A unit with scalable mode and page requests survives random registers and tables") {
  fuzz(newer(), 3);
}
