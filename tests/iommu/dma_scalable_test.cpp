// Scalable mode: root, context, PASID directory and PASID entries, first level, nested.
#include "models/iommu/spec/pasid_entry.h"
#include "tests/catch.h"
#include "tests/iommu/dma_bench.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr std::uint64_t page = 0x123456000;
constexpr std::uint64_t directory = 0x4000, pasids = 0x5000, first_root = 0x100000;
constexpr unsigned first = 1, second = 2, nested = 3, pass_through = 4;

/// The device's table is the lower one: device 5.
struct Scalable : DmaBench {
  static DmaConfig full() {
    DmaConfig config = DmaBench::full();
    config.capability.first_level_1g = config.capability.first_level_5 = true;
    vtd::ExtendedCapability& extended = config.extended;
    extended.scalable_mode = extended.first_level = extended.second_level = extended.nested = true;
    extended.pasid = extended.page_requests = extended.requester_id_pasid = true;
    extended.execute_requests = extended.supervisor_requests = true;
    extended.second_level_accessed_dirty = extended.page_walk_coherency = true;
    extended.requester_id_privilege = extended.extended_accessed = true;
    extended.pasid_size = 19;
    return config;
  }
  static constexpr std::uint64_t place_of_context = context + (source & 0x7F) * 32;

  explicit Scalable(unsigned type = second, const DmaConfig& config = full()) : DmaBench(config) {
    dma.set_root(root, TableMode::scalable);
    set_root(context | 1, 0);
    set_sm_context(directory | 1 << 4 | 1 << 3 | 1 << 2 | 1, 0);
    memory.poke(directory, pasids | 1);
    set_pasid(0, type);
    set_pasid(5, type);
  }
  void set_sm_context(std::uint64_t low, std::uint64_t next) {
    memory.poke(place_of_context, low);
    memory.poke(place_of_context + 8, next);
    memory.poke(place_of_context + 16, 0);
    memory.poke(place_of_context + 24, 0);
  }
  /// 4 levels of either kind, walks that snoop, WPE, NXE, SMEP, all requests allowed.
  void set_pasid(unsigned pasid, unsigned type, std::uint64_t bits0 = 0, std::uint64_t bits1 = 0,
                 std::uint64_t bits2 = 0x73) {
    const std::uint64_t at = pasids + pasid * 64;
    memory.poke(at, tables | type << 6 | 2 << 2 | 1 | bits0);
    memory.poke(at + 8, domain | 1 << 23 | bits1);
    memory.poke(at + 16, first_root | bits2);
  }
  void word(unsigned pasid, unsigned index, std::uint64_t bits) {
    const std::uint64_t at = pasids + pasid * 64 + index * 8;
    memory.poke(at, memory.peek(at) | bits);
  }
  std::uint64_t first_place(std::uint64_t address, unsigned level = 1, unsigned levels = 4) {
    return place(address, levels, level, first_root, 7);
  }
  void map_first(std::uint64_t address, std::uint64_t entry, unsigned level = 1) {
    memory.poke(first_place(address, level), entry);
  }
};

RequestTag with_pasid(unsigned pasid, bool privileged = false, bool execute = false) {
  RequestTag tag;
  tag.has_pasid = true;
  tag.pasid = pasid;
  tag.privileged = privileged;
  tag.execute = execute;
  return tag;
}

}  // namespace

TEST_CASE("PGTT: first and second level, nested, pass-through, each with and without PASID (9.6)") {
  for (const unsigned pasid : {0u, 5u})
    for (unsigned type = 0; type < 8; ++type) {
      Scalable bench(type);
      bench.map(page, 0x55000 | 3);
      bench.map(0x77000, 0x88000 | 3);
      bench.map(first_root, first_root | 3);
      bench.map_first(page, 0x77000 | 7);
      for (std::uint64_t at = 0x10000; at < 0x30000; at += 0x1000) bench.map(at, at | 3);
      const RequestTag tag = pasid == 0 ? RequestTag{} : with_pasid(pasid);
      INFO("PGTT " << type << ", PASID " << pasid);
      const auto target = bench.target(page + 0x10, true, tag);
      if (type == first) CHECK(target == 0x77010);
      if (type == second) CHECK(target == 0x55010);
      if (type == nested) CHECK(target == 0x88010);
      if (type == pass_through) CHECK(target == page + 0x10);
      if (type == 0 || type > 4) CHECK(bench.reason(page, true, tag) == 0x5B);
    }
}

TEST_CASE("A kind of translation that the unit does not have is an invalid PASID entry (5Bh)") {
  for (unsigned type = 1; type <= 4; ++type) {
    DmaConfig config = Scalable::full();
    config.extended.first_level = type != first;
    config.extended.second_level = type != second;
    config.extended.nested = type != nested;
    config.extended.pass_through = type != pass_through;
    Scalable bench(type, config);
    CHECK(bench.reason(page) == 0x5B);
  }
}

TEST_CASE("Devices 0 to 15 have the lower table of a bus, 16 to 31 the upper one (9.2)") {
  Scalable bench(pass_through);
  constexpr std::uint16_t upper = 0x3A80;  // device 16: the first entry of its table
  constexpr std::uint64_t upper_table = 0x6000;
  const auto reason = [&](std::uint16_t source) {
    const DmaResult result = bench.ask(DmaRequest{page, source, false, {}});
    const auto* const fault = std::get_if<DmaFault>(&result);
    return fault == nullptr ? -1 : static_cast<int>(fault->reason);
  };
  CHECK(reason(DmaBench::source) == -1);
  CHECK(reason(upper) == 0x39);
  bench.set_root(DmaBench::context, upper_table | 1);
  CHECK(reason(upper) == 0x41);
  bench.memory.poke(upper_table, directory | 1);
  CHECK(reason(upper) == -1);
  bench.dma.invalidate_contexts({});
  CHECK(reason(DmaBench::source) == 0x39);
}

TEST_CASE("Scalable root entry: not readable 38h, not present 39h, reserved bits 3Ah") {
  Scalable bench(pass_through);
  bench.dma.set_root(DmaBench::memory_size, TableMode::scalable);
  CHECK(bench.reason(page) == 0x38);
  bench.dma.set_root(DmaBench::root, TableMode::scalable);
  for (unsigned bit = 1; bit < 64; ++bit) {
    if (bit >= 12 && bit < 46) continue;
    bench.set_root(DmaBench::context | 1 | std::uint64_t{1} << bit, ~std::uint64_t{0});
    CHECK(bench.reason(page) == 0x3A);
  }
  bench.set_root(DmaBench::context, 0);
  CHECK(bench.reason(page) == 0x39);
}

TEST_CASE("Scalable context entry: not readable 40h, not present 41h, reserved bits 42h (9.4)") {
  Scalable bench(pass_through);
  bench.set_root(DmaBench::memory_size | 1, 0);
  CHECK(bench.reason(page) == 0x40);
  bench.set_root(DmaBench::context | 1, 0);
  bench.set_sm_context(directory, 0);
  CHECK(bench.reason(page) == 0x41);
  for (unsigned bit = 0; bit < 256; ++bit) {
    const bool reserved = (bit >= 5 && bit < 9) || (bit >= 46 && bit < 64) || bit >= 85;
    if (!reserved) continue;
    bench.set_sm_context(directory | 1, 0);
    const std::uint64_t at = Scalable::place_of_context + bit / 64 * 8;
    bench.memory.poke(at, bench.memory.peek(at) | std::uint64_t{1} << bit % 64);
    INFO("bit " << bit);
    CHECK(bench.reason(page) == 0x42);
  }
}

TEST_CASE("Bits of features that the unit does not have are reserved in context entries (42h)") {
  DmaConfig config = Scalable::full();
  config.extended.device_tlb = config.extended.pasid = config.extended.page_requests = false;
  config.extended.requester_id_privilege = false;
  for (const std::uint64_t bit : {1u << 2, 1u << 3, 1u << 4}) {
    Scalable bench(pass_through, config);
    bench.set_sm_context(directory | 1 | bit, 0);
    CHECK(bench.reason(page) == 0x42);
  }
  Scalable bench(pass_through, config);
  bench.set_sm_context(directory | 1, 1 << 20);
  CHECK(bench.reason(page) == 0x42);
  bench.set_sm_context(directory | 1, 0);
  CHECK(bench.reason(page) == -1);
}

TEST_CASE("DTE, PASIDE, PRE and PDTS say which requests may come (44h, 45h, 47h, 46h, 48h)") {
  Scalable bench(pass_through);
  bench.set_sm_context(directory | 1, 0);
  CHECK(bench.reason(page) == -1);
  CHECK(bench.reason(page, false, translated) == 0x44);
  CHECK(bench.reason(page, false, asking) == 0x44);
  CHECK(bench.reason(page, false, with_pasid(5)) == 0x45);
  auto refused = bench.dma.refuse_page_request(DmaBench::request(page), bench.now);
  REQUIRE(refused);
  CHECK(static_cast<int>(refused->reason) == 0x47);
  for (unsigned size = 0; size < 7; ++size) {
    bench.dma.invalidate_contexts({});
    bench.dma.invalidate_pasids({});
    const unsigned covered = 1u << (size + 13);
    bench.set_sm_context(directory | size << 9 | 1 << 3 | 1, covered - 1);
    CHECK(bench.reason(page, false, with_pasid(covered)) == 0x46);
    CHECK(bench.reason(page, false, with_pasid(covered - 1)) == 0x51);
    CHECK(bench.reason(page) == 0x51);
    bench.dma.invalidate_contexts({});
    bench.set_sm_context(directory | size << 9 | 1 << 3 | 1, covered);
    CHECK(bench.reason(page) == 0x48);
  }
}

TEST_CASE("Without RPS the field RID_PASID is ignored") {
  DmaConfig config = Scalable::full();
  config.extended.requester_id_pasid = false;
  Scalable bench(pass_through, config);
  bench.set_sm_context(directory | 1, 0xFFFFF);
  CHECK(bench.reason(page) == -1);
}

TEST_CASE("PASID directory: not readable 50h, not present 51h, reserved bits 52h (9.5)") {
  Scalable bench(pass_through);
  for (unsigned bit = 2; bit < 64; ++bit) {
    if (bit >= 12 && bit < 46) continue;
    bench.memory.poke(directory, pasids | 1 | std::uint64_t{1} << bit);
    CHECK(bench.reason(page) == 0x52);
  }
  bench.memory.poke(directory, pasids);
  CHECK(bench.reason(page) == 0x51);
  bench.dma.invalidate_contexts({});
  bench.set_sm_context(DmaBench::memory_size | 1, 0);
  CHECK(bench.reason(page) == 0x50);
}

TEST_CASE("PASID entry: not readable 58h, not present 59h, reserved bits 5Ah (9.6)") {
  Scalable bench(second);
  bench.memory.poke(directory, DmaBench::memory_size | 1);
  CHECK(bench.reason(page) == 0x58);
  bench.memory.poke(directory, pasids | 1);
  for (unsigned bit = 0; bit < 512; ++bit) {
    const bool reserved = bit == 10 || bit == 11 || (bit >= 46 && bit < 64) ||
                          (bit >= 80 && bit < 87) || (bit >= 136 && bit < 140) || bit >= 192;
    if (!reserved) continue;
    Scalable one(second);
    one.word(0, bit / 64, std::uint64_t{1} << bit % 64);
    INFO("bit " << bit);
    CHECK(one.reason(page) == 0x5A);
  }
  bench.memory.poke(pasids, 0);
  CHECK(bench.reason(page) == 0x59);
}

TEST_CASE("FPD of context, directory or PASID entry keeps faults from being recorded") {
  for (unsigned which = 0; which < 3; ++which) {
    Scalable bench(second);
    if (which == 0) bench.set_sm_context(directory | 3, 0);
    if (which == 1) bench.memory.poke(directory, pasids | 3);
    if (which == 2) bench.word(0, 0, 2);
    const DmaResult result = bench.ask(page);
    REQUIRE(std::holds_alternative<DmaFault>(result));
    CHECK_FALSE(std::get<DmaFault>(result).recorded);
  }
}

TEST_CASE("First level: P, R/W with WPE, U/S by privilege, XD by NXE, SMEP (9.7)") {
  struct Row {
    std::uint64_t entry;
    bool write, privileged, execute;
    std::uint64_t rules;  ///< WPE 10h, NXE 20h, SMEP 40h
    int reason;
  };
  constexpr std::uint64_t no_execute = 1ull << 63, all = 0x70;
  const std::vector<Row> rows = {
      {7, true, false, false, all, -1},
      {6, false, false, false, all, 0x71},
      {5, false, false, false, all, -1},
      {5, true, false, false, all, 0x85},
      {3, false, false, false, all, 0x81},
      {3, true, true, false, all, -1},
      {1, true, true, false, all, 0x85},
      {1, true, true, false, 0x60, -1},
      {5, true, false, false, 0x60, 0x85},
      {7, false, false, true, all, -1},
      {7, false, true, true, all, 0x82},
      {7, false, true, true, 0x30, -1},
      {7 | no_execute, false, false, true, all, 0x82},
      {7 | no_execute, false, false, false, all, -1},
      {7 | no_execute, false, false, false, 0x50, 0x72},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    Scalable bench(first);
    bench.set_pasid(5, first, 0, 0, 3 | row.rules);
    bench.map_first(page, 0x77000 | row.entry);
    INFO("row " << i);
    CHECK(bench.reason(page, row.write, with_pasid(5, row.privileged, row.execute)) == row.reason);
  }
}

TEST_CASE("SRE and ERE of the PASID entry let privileged and execute requests in (5Dh, 5Ch)") {
  Scalable bench(first);
  bench.map_first(page, 0x77000 | 7);
  bench.set_pasid(5, first, 0, 0, 0);
  CHECK(bench.reason(page, false, with_pasid(5)) == -1);
  CHECK(bench.reason(page, false, with_pasid(5, true)) == 0x5D);
  CHECK(bench.reason(page, false, with_pasid(5, false, true)) == 0x5C);
}

TEST_CASE("First-level addresses are canonical, by 48 or 57 bits (80h)") {
  for (const unsigned bits : {48u, 57u}) {
    Scalable bench(first);
    bench.set_pasid(0, first, 0, 0, bits == 57 ? 4 : 0);
    const std::uint64_t half = std::uint64_t{1} << (bits - 1);
    CHECK(bench.reason(half - 1) == 0x71);
    CHECK(bench.reason(half) == 0x80);
    CHECK(bench.reason(~half) == 0x80);
    CHECK(bench.reason(~half + 1) == 0x71);
  }
}

TEST_CASE("First level: A in every entry, D where a page is written, remembered or not") {
  Scalable bench(first);
  bench.map_first(page, 0x77000 | 7);
  REQUIRE(bench.target(page));
  for (unsigned level = 1; level <= 4; ++level)
    CHECK((bench.memory.peek(bench.first_place(page, level)) & 0x60) == 0x20);
  REQUIRE(bench.target(page, true));
  CHECK((bench.memory.peek(bench.first_place(page)) & 0x60) == 0x60);
}

TEST_CASE("First level: a walk that does not snoop cannot set A or D (90h)") {
  Scalable bench(first);
  bench.memory.poke(pasids + 8, DmaBench::domain);  // PWSNP clear
  bench.map_first(page, 0x77000 | 7);
  CHECK(bench.reason(page) == 0x90);
  for (unsigned level = 1; level <= 4; ++level)
    bench.memory.poke(bench.first_place(page, level),
                      bench.memory.peek(bench.first_place(page, level)) | 0x20);
  CHECK(bench.reason(page) == -1);
  CHECK_FALSE(bench.memory.snooped);
  CHECK(bench.reason(page, true) == 0x90);
}

TEST_CASE("First level: tables that memory does not have, the first 73h, the others 70h") {
  Scalable bench(first);
  bench.map_first(page, 0x77000 | 7);
  bench.memory.poke(bench.first_place(page, 3), DmaBench::memory_size | 7);
  CHECK(bench.reason(page) == 0x70);
  bench.memory.poke(pasids + 5 * 64 + 16, DmaBench::memory_size | 0x73);
  CHECK(bench.reason(page, false, with_pasid(5)) == 0x73);
}

TEST_CASE("First level: pages of 2 MiB and 1 GiB, the bits below reserved but for PAT (72h)") {
  for (const unsigned level : {2u, 3u}) {
    Scalable bench(first);
    bench.map_first(page, 0x40000000 | 1 << 12 | 0x87, level);
    const std::uint64_t size = std::uint64_t{1} << vtd::level_shift(level);
    CHECK(bench.target(page + 5) == 0x40000000 + ((page + 5) & (size - 1)));
    for (unsigned bit = 13; bit < vtd::level_shift(level); ++bit) {
      Scalable bad(first);
      bad.map_first(page, 0x40000000 | 0x87 | std::uint64_t{1} << bit, level);
      CHECK(bad.reason(page) == 0x72);
    }
  }
}

TEST_CASE("Second level in scalable mode has reasons of its own") {
  Scalable bench(second);
  bench.map(page, 0x55000 | 1);
  CHECK(bench.reason(page, true) == 0x85);
  bench.map(page + 0x1000, 0x56000 | 2);
  CHECK(bench.reason(page + 0x1000) == 0x86);
  CHECK(bench.reason(page + 0x2000) == 0x79);
  bench.map(page + 0x3000, 0x56000 | 3 | 1ull << 50);
  CHECK(bench.reason(page + 0x3000) == 0x7A);
  CHECK(bench.reason(std::uint64_t{1} << 48) == 0x84);
  bench.map(page + 0x4000, 0xFEE00000 | 3);
  CHECK(bench.reason(page + 0x4000) == 0x87);
  bench.memory.poke(bench.place(page + 0x40000000, 4, 2), DmaBench::memory_size | 3);
  CHECK(bench.reason(page + 0x40000000) == 0x78);
  bench.memory.poke(pasids + 5 * 64, DmaBench::memory_size | second << 6 | 2 << 2 | 1);
  bench.dma.invalidate_iotlb({});
  CHECK(bench.reason(page, false, with_pasid(5)) == 0x7B);
}

TEST_CASE("SLADE: A and D of second-level entries are set, which needs a snooping walk (7Ch)") {
  Scalable bench(second);
  bench.set_pasid(0, second, 1 << 9);
  bench.map(page, 0x55000 | 3);
  REQUIRE(bench.target(page));
  CHECK((bench.memory.peek(bench.place(page, 4, 4)) & 0x300) == 0x100);
  CHECK((bench.memory.peek(bench.place(page, 4, 1)) & 0x300) == 0x100);
  REQUIRE(bench.target(page, true));
  CHECK((bench.memory.peek(bench.place(page, 4, 1)) & 0x300) == 0x300);
  bench.memory.poke(pasids + 8, DmaBench::domain);
  bench.dma.invalidate_pasids({});
  bench.map(page + 0x1000, 0x56000 | 3);
  CHECK(bench.reason(page + 0x1000) == 0x7C);
}

TEST_CASE("Nested: the second level rules over the first level's tables and pages (3.8)") {
  const auto prepared = [](Scalable& bench) {
    bench.map_first(page, 0x77000 | 7);
    for (std::uint64_t at = 0x10000; at < 0x30000; at += 0x1000) bench.map(at, at | 3);
    bench.map(first_root, first_root | 3);
    bench.map(0x77000, 0x88000 | 3);
  };
  {
    Scalable bench(nested);
    prepared(bench);
    CHECK(bench.target(page + 9, true) == 0x88009);
    bench.map(0x77000, 0x88000 | 1);
    CHECK(bench.target(page + 9, true) == 0x88009);
    IotlbInvalidation what;
    what.granularity = IotlbInvalidation::Granularity::page;
    what.domain = DmaBench::domain;
    what.address = 0x77000;
    bench.dma.invalidate_iotlb(what);
    CHECK(bench.reason(page, true) == 0x85);
  }
  {
    Scalable bench(nested);
    prepared(bench);
    bench.map(first_root, first_root | 2);
    CHECK(bench.reason(page) == 0x75);
  }
  {
    Scalable bench(nested);
    prepared(bench);
    bench.map(first_root, first_root | 1);
    CHECK(bench.reason(page) == 0x77);
    bench.map(first_root, 0);
    bench.dma.invalidate_iotlb({});
    CHECK(bench.reason(page) == 0x79);
  }
  {
    Scalable bench(nested);
    prepared(bench);
    const std::uint64_t table = bench.memory.peek(bench.first_place(page, 4)) & ~0xFFFull;
    bench.map(table, table | 2);
    CHECK(bench.reason(page) == 0x76);
  }
  {
    Scalable bench(nested);
    prepared(bench);
    bench.memory.poke(bench.first_place(page, 4), (1ull << 48) | 7);
    CHECK(bench.reason(page) == 0x74);
  }
}

TEST_CASE("Translations by PASID are forgotten by domain and PASID, and by page (6.5.2.4)") {
  Scalable bench(first);
  bench.map_first(page, 0x77000 | 7);
  const RequestTag tag = with_pasid(5);
  const auto stale = [&] { return bench.target(page, false, tag) == 0x77000; };
  REQUIRE(stale());
  bench.memory.poke(bench.first_place(page), 0x99000 | 7);
  PasidIotlbInvalidation what;
  what.domain = DmaBench::domain;
  what.pasid = 6;
  bench.dma.invalidate_pasid_iotlb(what);
  CHECK(stale());
  what.pasid = 5;
  what.domain = DmaBench::domain + 1;
  bench.dma.invalidate_pasid_iotlb(what);
  CHECK(stale());
  what.domain = DmaBench::domain;
  what.granularity = PasidIotlbInvalidation::Granularity::page;
  what.address = page + 0x1000;
  bench.dma.invalidate_pasid_iotlb(what);
  CHECK(stale());
  what.address = page;
  bench.dma.invalidate_pasid_iotlb(what);
  CHECK_FALSE(stale());
}

TEST_CASE("A PASID entry stays until its domain, its PASID or all are invalidated (6.5.2.2)") {
  using Granularity = PasidInvalidation::Granularity;
  const std::vector<std::pair<PasidInvalidation, bool>> rows = {
      {{Granularity::global, 0, 0}, true},
      {{Granularity::domain, DmaBench::domain, 0}, true},
      {{Granularity::domain, DmaBench::domain + 1, 0}, false},
      {{Granularity::pasid, DmaBench::domain, 5}, true},
      {{Granularity::pasid, DmaBench::domain, 6}, false},
      {{Granularity::pasid, DmaBench::domain + 1, 5}, false},
  };
  for (const auto& row : rows) {
    Scalable bench(pass_through);
    REQUIRE(bench.target(page, false, with_pasid(5)) == page);
    bench.memory.poke(pasids + 5 * 64, 0);
    CHECK(bench.target(page, false, with_pasid(5)) == page);
    bench.dma.invalidate_pasids(row.first);
    CHECK(bench.reason(page, false, with_pasid(5)) == (row.second ? 0x59 : -1));
  }
}
