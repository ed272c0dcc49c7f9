// Legacy mode: root, context and second-level entries, and what each of their bits does.
#include "tests/catch.h"
#include "tests/iommu/dma_bench.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr std::uint64_t page = 0x123456000;

DmaFault fault_of(const DmaResult& result) {
  REQUIRE(std::holds_alternative<DmaFault>(result));
  return std::get<DmaFault>(result);
}
DmaTranslation translation_of(const DmaResult& result) {
  REQUIRE(std::holds_alternative<DmaTranslation>(result));
  return std::get<DmaTranslation>(result);
}

}  // namespace

TEST_CASE("With translation off every untranslated request goes on as it is (GSTS.TES)") {
  DmaBench bench;
  bench.dma.enable(false);
  CHECK(bench.target(0xDEADBEEF123) == 0xDEADBEEF123);
  CHECK(bench.memory.reads.empty());
  CHECK(bench.reason(0x1000, false, asking) == 0);
  CHECK(bench.reason(0x1000, false, translated) == 0);
}

TEST_CASE("A request goes to the page that its tables name, at the same offset (9.8)") {
  DmaBench bench;
  bench.map(page, 0x55000 | 3);
  const DmaTranslation found = translation_of(bench.ask(page + 0x678));
  CHECK(found.address == 0x55678);
  CHECK(found.length == 0x1000 - 0x678);
  CHECK(found.read);
  CHECK(found.write);
  CHECK_FALSE(found.snoop);
  CHECK(bench.memory.reads.size() == 6);
}

TEST_CASE(
    "Every address width translates up to its last address and faults with 4h above (7.1.3)") {
  struct Row {
    unsigned levels;
    unsigned bits;
  };
  for (const Row row : {Row{2, 30}, Row{3, 39}, Row{4, 48}, Row{5, 57}}) {
    DmaBench bench;
    bench.set_context(DmaBench::tables | 1,
                      std::uint64_t{DmaBench::domain} << 8 | (row.levels - 2));
    const std::uint64_t last = (std::uint64_t{1} << row.bits) - 0x1000;
    bench.map(last, 0x7000 | 3, row.levels);
    bench.map(0, 0x8000 | 3, row.levels);
    INFO(row.levels << " levels");
    CHECK(bench.target(last + 0xFFF) == 0x7FFF);
    CHECK(bench.target(0) == 0x8000);
    CHECK(bench.reason(last + 0x1000) == 0x4);
    CHECK(bench.reason(~std::uint64_t{0xFFF}) == 0x4);
  }
}

TEST_CASE("Addresses end at the unit's width where that is smaller than the tables' (MGAW)") {
  DmaConfig config = DmaBench::full();
  config.capability.guest_width = 38;
  DmaBench bench(config);
  const std::uint64_t last = (std::uint64_t{1} << 39) - 0x1000;
  bench.map(last, 0x7000 | 3);
  bench.map(last + 0x1000, 0x9000 | 3);
  CHECK(bench.target(last) == 0x7000);
  CHECK(bench.reason(last + 0x1000) == 0x4);
}

TEST_CASE("A width that CAP.SAGAW does not have is an invalid context entry (3h)") {
  for (unsigned width = 0; width < 8; ++width) {
    DmaConfig config = DmaBench::full();
    config.capability.page_walks = 0x4;
    DmaBench bench(config);
    bench.set_context(DmaBench::tables | 1, std::uint64_t{DmaBench::domain} << 8 | width);
    bench.map(page, 0x55000 | 3);
    CHECK(bench.reason(page) == (width == 2 ? -1 : 0x3));
  }
}

TEST_CASE("Root entry: not readable 8h, not present 1h, reserved bits Ah (9.1)") {
  DmaBench bench;
  bench.map(page, 0x55000 | 3);
  bench.dma.set_root(DmaBench::memory_size, TableMode::legacy);
  CHECK(bench.reason(page) == 0x8);
  bench.dma.set_root(DmaBench::root, TableMode::legacy);
  bench.set_root(DmaBench::context, 0);
  CHECK(bench.reason(page) == 0x1);
  for (unsigned bit = 1; bit < 128; ++bit) {
    const bool reserved = bit < 12 || bit >= 46;
    if (!reserved) continue;
    bench.set_root(DmaBench::context | 1 | (bit < 64 ? std::uint64_t{1} << bit : 0),
                   bit < 64 ? 0 : std::uint64_t{1} << (bit - 64));
    INFO("bit " << bit);
    CHECK(bench.reason(page) == 0xA);
  }
}

TEST_CASE("Context entry: not readable 9h, not present 2h, reserved bits Bh (9.3)") {
  DmaBench bench;
  bench.map(page, 0x55000 | 3);
  bench.set_root(DmaBench::memory_size | 1, 0);
  CHECK(bench.reason(page) == 0x9);
  bench.set_root(DmaBench::context | 1, 0);
  const std::uint64_t low = DmaBench::tables | 1, high = std::uint64_t{DmaBench::domain} << 8 | 2;
  bench.set_context(low & ~std::uint64_t{1}, high);
  CHECK(bench.reason(page) == 0x2);
  for (unsigned bit = 4; bit < 128; ++bit) {
    const bool reserved = (bit < 12) || (bit >= 46 && bit < 64) || bit == 71 || bit >= 88;
    const bool ignored = bit >= 67 && bit < 71;
    if (!reserved && !ignored) continue;
    bench.set_context(low | (bit < 64 ? std::uint64_t{1} << bit : 0),
                      high | (bit < 64 ? 0 : std::uint64_t{1} << (bit - 64)));
    INFO("bit " << bit);
    CHECK(bench.reason(page) == (reserved ? 0xB : -1));
    bench.dma.invalidate_contexts({});
  }
}

TEST_CASE("Domain bits that CAP.ND does not have are reserved (Bh)") {
  for (unsigned domains = 0; domains <= 6; ++domains) {
    DmaConfig config = DmaBench::full();
    config.capability.domains = static_cast<std::uint8_t>(domains);
    const unsigned bits = 4 + 2 * domains;
    DmaBench bench(config);
    bench.set_context(DmaBench::tables | 1, std::uint64_t{1} << (8 + bits - 1) | 2);
    bench.map(page, 0x55000 | 3);
    CHECK(bench.reason(page) == -1);
    if (bits == 16) continue;
    DmaBench above(config);
    above.set_context(DmaBench::tables | 1, std::uint64_t{1} << (8 + bits) | 2);
    CHECK(above.reason(page) == 0xB);
  }
}

TEST_CASE("Translation types by capability: 00 always, 01 with DT, 10 with PT, 11 never (3h)") {
  for (unsigned type = 0; type < 4; ++type)
    for (unsigned caps = 0; caps < 4; ++caps) {
      DmaConfig config = DmaBench::full();
      config.extended.device_tlb = (caps & 1) != 0;
      config.extended.pass_through = (caps & 2) != 0;
      DmaBench bench(config);
      bench.map(page, 0x55000 | 3);
      bench.set_context(DmaBench::tables | 1 | type << 2, std::uint64_t{DmaBench::domain} << 8 | 2);
      const bool known = type == 0 || (type == 1 && (caps & 1)) || (type == 2 && (caps & 2));
      INFO("TT " << type << ", capabilities " << caps);
      CHECK(bench.reason(page) == (known ? -1 : 0x3));
    }
}

TEST_CASE("Pass-through: the address is the host's, up to its width (4h above)") {
  DmaBench bench;
  // The pointer is ignored, whatever it says.
  bench.set_context(0x000FFFFFFFFFF000 | 2 << 2 | 1, std::uint64_t{DmaBench::domain} << 8 | 2);
  CHECK(bench.target(0x3FFFFFFFFFFF, true) == 0x3FFFFFFFFFFF);
  CHECK(bench.reason(0x400000000000, true) == 0x4);
  CHECK(bench.dma.statistics().passed == 1);
  CHECK(bench.memory.reads.empty());
}

TEST_CASE("R and W of all levels together: reads need R (6h), writes W (5h)") {
  for (unsigned level = 1; level <= 4; ++level)
    for (unsigned bits = 0; bits < 4; ++bits) {
      DmaBench bench;
      bench.map(page, 0x55000 | 3);
      const std::uint64_t place = bench.place(page, 4, level);
      bench.memory.poke(place, (bench.memory.peek(place) & ~std::uint64_t{3}) | bits);
      INFO("level " << level << ", bits " << bits);
      CHECK(bench.reason(page) == ((bits & 1) != 0 ? -1 : 0x6));
      CHECK(bench.reason(page, true) == ((bits & 2) != 0 ? -1 : 0x5));
    }
}

TEST_CASE("A table that memory does not have: 7h at every level") {
  for (unsigned level = 2; level <= 4; ++level) {
    DmaBench bench;
    bench.map(page, 0x55000 | 3);
    bench.memory.poke(bench.place(page, 4, level), DmaBench::memory_size | 3);
    CHECK(bench.reason(page) == 0x7);
  }
  DmaBench bench;
  bench.set_context(DmaBench::memory_size | 1, std::uint64_t{DmaBench::domain} << 8 | 2);
  CHECK(bench.reason(page, true) == 0x7);
}

TEST_CASE("Reserved bits of paging entries at every level: Ch (9.8)") {
  for (const bool features : {false, true})
    for (unsigned level = 1; level <= 5; ++level)
      for (unsigned bit = 2; bit < 64; ++bit) {
        DmaConfig config = DmaBench::full();
        config.extended.snoop_control = features;
        config.extended.device_tlb = features;
        config.capability.large_pages = 0;
        DmaBench bench(config);
        bench.set_context(DmaBench::tables | 1, std::uint64_t{DmaBench::domain} << 8 | 3);
        bench.map(page, 0x55000 | 3, 5);
        const std::uint64_t place = bench.place(page, 5, level);
        if (bit >= 12 && bit < 46) continue;
        bench.memory.poke(place, bench.memory.peek(place) | std::uint64_t{1} << bit);
        const bool leaf = level == 1;
        const bool reserved = (bit >= 46 && bit < 52) ||
                              ((bit == 11 || bit == 62) && !(leaf && features)) ||
                              (bit == 7 && level > 1);
        INFO("level " << level << ", bit " << bit << ", features " << features);
        CHECK(bench.reason(page) == (reserved ? 0xC : -1));
      }
}

TEST_CASE("Reserved bits of an entry without R and W are of no account") {
  DmaBench bench;
  bench.map(page, 0x55000 | 1ull << 50);
  CHECK(bench.reason(page) == 0x6);
  CHECK(bench.reason(page, true) == 0x5);
}

TEST_CASE("Large pages where SLLPS has them, their low address bits reserved (3.7.2)") {
  for (unsigned pages = 0; pages < 4; ++pages)
    for (unsigned level = 2; level <= 5; ++level) {
      DmaConfig config = DmaBench::full();
      config.capability.large_pages = static_cast<std::uint8_t>(pages);
      const bool known = (level == 2 && (pages & 1)) || (level == 3 && (pages & 2));
      DmaBench bench(config);
      bench.set_context(DmaBench::tables | 1, std::uint64_t{DmaBench::domain} << 8 | 3);
      bench.map(page, 0x80000000 | 0x83, 5, level);
      INFO("SLLPS " << pages << ", level " << level);
      if (!known) {
        CHECK(bench.reason(page) == 0xC);
        continue;
      }
      const std::uint64_t size = std::uint64_t{1} << vtd::level_shift(level);
      const DmaTranslation found = translation_of(bench.ask(page + 0x987));
      CHECK(found.address == 0x80000000 + ((page + 0x987) & (size - 1)));
      CHECK(found.length == size - ((page + 0x987) & (size - 1)));
      CHECK(found.page_shift == vtd::level_shift(level));
      for (unsigned bit = 12; bit < vtd::level_shift(level); ++bit) {
        DmaBench bad(config);
        bad.set_context(DmaBench::tables | 1, std::uint64_t{DmaBench::domain} << 8 | 3);
        bad.map(page, 0x80000000 | 0x83 | std::uint64_t{1} << bit, 5, level);
        CHECK(bad.reason(page) == 0xC);
      }
    }
}

TEST_CASE("SNP of the page's entry makes requests snoop") {
  DmaBench bench;
  bench.map(page, 0x55000 | 3 | 1 << 11);
  CHECK(translation_of(bench.ask(page)).snoop);
}

TEST_CASE("A read of no bytes passes where only W is set, if CAP.ZLR says so") {
  RequestTag tag;
  tag.zero_length = true;
  for (const bool zlr : {false, true}) {
    DmaConfig config = DmaBench::full();
    config.capability.zero_length_read = zlr;
    DmaBench bench(config);
    bench.map(page, 0x55000 | 2);
    bench.map(page + 0x1000, 0);
    CHECK(bench.reason(page, false, tag) == (zlr ? -1 : 0x6));
    CHECK(bench.reason(page + 0x1000, false, tag) == 0x6);
    CHECK(bench.reason(page) == 0x6);
  }
}

TEST_CASE("No translation leads to the interrupt range (Eh)") {
  DmaBench bench;
  bench.map(page, 0xFEE00000 | 3);
  bench.map(page + 0x1000, 0xFEEFF000 | 3);
  bench.map(page + 0x2000, 0xFEDFF000 | 3);
  bench.map(page + 0x3000, 0xFEF00000 | 3);
  CHECK(bench.reason(page) == 0xE);
  CHECK(bench.reason(page + 0x1000, true) == 0xE);
  CHECK(bench.target(page + 0x2000) == 0xFEDFF000);
  CHECK(bench.target(page + 0x3000) == 0xFEF00000);
}

TEST_CASE("A fault tells page, source, direction and address type (10.4.14)") {
  DmaBench bench;
  const DmaFault fault = fault_of(bench.ask(page + 0xABC, true));
  CHECK(fault.page == page);
  CHECK(fault.source == DmaBench::source);
  CHECK(fault.write);
  CHECK(fault.recorded);
  CHECK(fault.tag.address_type == RequestTag::AddressType::untranslated);
}

TEST_CASE("FPD keeps faults from being recorded that are found after the context entry (7.2.3)") {
  const auto recorded = [](const DmaResult& result) { return fault_of(result).recorded; };
  const std::uint64_t high = std::uint64_t{DmaBench::domain} << 8 | 2;
  DmaBench bench;
  bench.set_context(DmaBench::tables | 3, high);
  CHECK_FALSE(recorded(bench.ask(page)));                     // 6h
  CHECK_FALSE(recorded(bench.ask(page, true)));               // 5h
  CHECK_FALSE(recorded(bench.ask(std::uint64_t{1} << 50)));   // 4h
  CHECK_FALSE(recorded(bench.ask(page, false, translated)));  // Dh
  bench.map(page, 0x55000 | 3 | 1ull << 51);
  CHECK_FALSE(recorded(bench.ask(page)));  // Ch
  bench.dma.invalidate_contexts({});
  bench.set_context(DmaBench::tables | 3, high | 1ull << 40);
  CHECK_FALSE(recorded(bench.ask(page)));  // Bh
  bench.set_context(DmaBench::tables | 3 | 3 << 2, high);
  CHECK_FALSE(recorded(bench.ask(page)));  // 3h
  bench.set_context(2, 0);
  CHECK_FALSE(recorded(bench.ask(page)));  // 2h, FPD valid without P
  bench.set_root(DmaBench::memory_size | 1, 0);
  CHECK(recorded(bench.ask(page)));  // 9h
  bench.set_root(0, 0);
  CHECK(recorded(bench.ask(page)));  // 1h
}

TEST_CASE("Requests by Device-TLBs need TT 01 (Dh)") {
  for (const unsigned type : {0u, 2u}) {
    DmaBench bench;
    bench.map(page, 0x55000 | 3);
    bench.set_context(DmaBench::tables | 1 | type << 2, std::uint64_t{DmaBench::domain} << 8 | 2);
    CHECK(bench.reason(page, true, translated) == 0xD);
    const DmaFault asked = fault_of(bench.ask(page, false, asking));
    CHECK(static_cast<int>(asked.reason) == 0xD);
    CHECK_FALSE(asked.recoverable);
    CHECK_FALSE(asked.completer_abort);
  }
}

TEST_CASE("Translated requests pass as they are where TT is 01, up to the host's width (4h)") {
  DmaBench bench;
  bench.set_context(DmaBench::tables | 1 | 1 << 2, std::uint64_t{DmaBench::domain} << 8 | 2);
  CHECK(bench.target(0x3FFFFFFFF123, true, translated) == 0x3FFFFFFFF123);
  CHECK(bench.reason(0x400000000000, true, translated) == 0x4);
}

TEST_CASE("A translation request learns the rights of its page, and of none that is not there") {
  DmaBench bench;
  bench.set_context(DmaBench::tables | 1 | 1 << 2, std::uint64_t{DmaBench::domain} << 8 | 2);
  bench.map(page, 0x55000 | 1);
  bench.map(page + 0x1000, 0x56000 | 2);
  const DmaTranslation reader = translation_of(bench.ask(page, false, asking));
  CHECK(reader.address == 0x55000);
  CHECK(reader.read);
  CHECK_FALSE(reader.write);
  const DmaTranslation writer = translation_of(bench.ask(page + 0x1000, false, asking));
  CHECK_FALSE(writer.read);
  CHECK(writer.write);
  const DmaFault absent = fault_of(bench.ask(page + 0x2000, false, asking));
  CHECK(absent.recoverable);
  CHECK_FALSE(absent.recorded);
  bench.map(page + 0x3000, 0x57000 | 3 | 1ull << 51);
  const DmaFault damaged = fault_of(bench.ask(page + 0x3000, false, asking));
  CHECK_FALSE(damaged.recoverable);
  CHECK(damaged.completer_abort);
  CHECK(damaged.recorded);
}

TEST_CASE("Requests with PASID and page requests are of scalable mode (31h, 32h)") {
  DmaBench bench;
  RequestTag tag;
  tag.has_pasid = true;
  CHECK(bench.reason(page, false, tag) == 0x31);
  const auto refused = bench.dma.refuse_page_request(DmaBench::request(page), bench.now);
  REQUIRE(refused);
  CHECK(static_cast<int>(refused->reason) == 0x32);
}

TEST_CASE("RTADDR.TTM that is reserved, aborts or is not supported blocks everything (30h)") {
  DmaBench bench;
  for (const TableMode mode : {TableMode::scalable, TableMode::reserved, TableMode::abort}) {
    bench.dma.set_root(DmaBench::root, mode);
    CHECK(bench.reason(page) == 0x30);
  }
}

TEST_CASE("Protected memory: nothing gets there untranslated, nothing is recorded (10.4.16)") {
  DmaRemapping::ProtectedMemory regions;
  regions.enabled = true;
  regions.low_base = 0x200000;
  regions.low_limit = 0x3FFFFF;
  regions.high_base = 0x100000000;
  regions.high_limit = 0x1001FFFFF;
  DmaBench bench;
  bench.dma.set_protected_memory(regions);
  bench.dma.enable(false);
  CHECK(bench.target(0x1FFFFF) == 0x1FFFFF);
  for (const std::uint64_t inside : {0x200000ull, 0x3FFFFFull, 0x100000000ull, 0x1001FFFFFull}) {
    const DmaFault fault = fault_of(bench.ask(inside, true));
    CHECK(static_cast<int>(fault.reason) == 0);
    CHECK_FALSE(fault.recorded);
  }
  CHECK(bench.target(0x400000) == 0x400000);
  CHECK(bench.target(0x100200000) == 0x100200000);

  bench.dma.enable(true);
  bench.map(page, 0x300000 | 3);
  CHECK(bench.target(page) == 0x300000);  // translated by the unit: not subject to it
  bench.set_context(1 | 2 << 2, std::uint64_t{DmaBench::domain} << 8 | 2);
  bench.dma.invalidate_contexts({});
  CHECK(bench.reason(0x300000) == 0);
  bench.set_context(1 | 1 << 2, std::uint64_t{DmaBench::domain} << 8 | 2);
  bench.dma.invalidate_contexts({});
  CHECK(bench.reason(0x300000, true, translated) == 0);
  regions.enabled = false;
  bench.dma.set_protected_memory(regions);
  CHECK(bench.target(0x300000, true, translated) == 0x300000);
}

TEST_CASE("The unit snoops for its structures if ECAP.C says so") {
  for (const bool coherent : {false, true}) {
    DmaConfig config = DmaBench::full();
    config.extended.coherent = coherent;
    DmaBench bench(config);
    bench.map(page, 0x55000 | 3);
    REQUIRE(bench.target(page));
    CHECK(bench.memory.snooped == coherent);
  }
}
