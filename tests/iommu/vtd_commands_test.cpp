#include "tests/catch.h"
#include "tests/iommu/vtd_bench.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr std::uint32_t te = 0x80000000, srtp = 0x40000000, wbf = 0x08000000, qie = 0x04000000,
                        ire = 0x02000000, sirtp = 0x01000000, cfi = 0x00800000;

VtdUnit::Config slow() {
  VtdUnit::Config config = gen8();
  config.command = 100;
  config.register_invalidation = 200;
  return config;
}

/// Status at two cycles around the one at which a command is done.
void check_around(VtdBench& bench, Cycle done, std::uint32_t before, std::uint32_t after) {
  run_to(bench.timebase, done - 1);
  CHECK(bench.in(0x1C) == before);
  run_to(bench.timebase, done);
  CHECK(bench.in(0x1C) == after);
}

/// A root table at 1 MiB whose every context lets requests pass untranslated.
void let_pass(VtdBench& bench) {
  for (unsigned bus = 0; bus < 256; ++bus)
    bench.poke<std::uint64_t>(0x100000 + bus * 16, 0x101000 | 1);
  for (unsigned function = 0; function < 256; ++function) {
    bench.poke<std::uint64_t>(0x101000 + function * 16, 2 << 2 | 1);
    bench.poke<std::uint64_t>(0x101008 + function * 16, 1 << 8 | 2);
  }
  bench.out64(0x20, 0x100000);
}

DmaResult ask(VtdBench& bench, std::uint64_t address = 0x5000) {
  DmaRequest request;
  request.address = address;
  request.source = VtdBench::source;
  Cycle now = bench.timebase.now();
  return bench.unit.translate(request, now);
}

bool passes(VtdBench& bench, std::uint64_t address = 0x5000) {
  return std::holds_alternative<DmaTranslation>(ask(bench, address));
}

}  // namespace

TEST_CASE("Every command from every state: what stays, what is done once (§10.4.4)") {
  VtdBench bench;
  const std::uint32_t persistent[] = {te, qie, ire, cfi};
  const std::uint32_t once[] = {srtp, sirtp};
  std::uint32_t set_once = 0;
  let_pass(bench);
  for (unsigned state = 0; state < 16; ++state) {
    std::uint32_t on = 0;
    for (unsigned i = 0; i < 4; ++i)
      if ((state >> i & 1) != 0) on |= persistent[i];
    bench.out(0x18, on);
    CHECK(bench.in(0x1C) == (on | set_once));
    for (const std::uint32_t bit : persistent) {
      CAPTURE(state, bit);
      bench.out(0x18, on ^ bit);
      CHECK(bench.in(0x1C) == ((on ^ bit) | set_once));
      bench.out(0x18, on);
      CHECK(bench.in(0x1C) == (on | set_once));
    }
    for (const std::uint32_t bit : once) {
      CAPTURE(state, bit);
      bench.out(0x18, on | bit);
      set_once |= bit;
      CHECK(bench.in(0x1C) == (on | set_once));
    }
    CHECK(bench.in(0x18) == 0);
  }
}

TEST_CASE("A command shows in the status when it is done, not before (§10.4.5)") {
  VtdBench bench(slow());
  const Cycle start = bench.timebase.now();
  bench.out(0x18, qie);
  check_around(bench, start + 100, 0, qie);
  bench.out(0x18, qie | srtp);
  check_around(bench, start + 200, qie, qie | srtp);
  bench.out(0x18, qie | srtp);  // the status of a repeated one is taken back meanwhile
  check_around(bench, start + 300, qie, qie | srtp);
  bench.out(0x18, srtp);
  check_around(bench, start + 400, qie, srtp);
}

TEST_CASE("Commands that software does not wait for follow one another") {
  VtdBench bench(slow());
  const Cycle start = bench.timebase.now();
  bench.out(0x18, qie);
  bench.out(0x18, qie | ire);
  check_around(bench, start + 100, 0, qie);
  check_around(bench, start + 200, qie, qie | ire);
}

TEST_CASE("The tables are those that RTADDR and IRTA name when the command is done") {
  VtdBench bench;
  let_pass(bench);
  bench.out(0x18, srtp);
  bench.out64(0x20, 0xF00000);  // not taken over
  bench.out(0x18, te);
  CHECK(passes(bench));
  bench.out(0x18, te | srtp);
  CHECK(passes(bench));  // the context is cached
  bench.out64(0x28, 1ull << 63 | 1ull << 61);
  CHECK_FALSE(passes(bench));
  CHECK(bench.fault_reason() == 1);
}

TEST_CASE("A unit with ESRTPS forgets all translations by SRTP (4.0 §11.4.4.1)") {
  VtdUnit::Config config = gen8();
  config.capability.enhanced_set_root = true;
  VtdBench bench(config);
  let_pass(bench);
  bench.out(0x18, srtp);
  bench.out(0x18, te);
  CHECK(passes(bench));
  bench.out64(0x20, 0xF00000);
  bench.out(0x18, te | srtp);
  CHECK_FALSE(passes(bench));
}

TEST_CASE("Remapping without a root table uses the one at 0, and faults as memory there says") {
  VtdBench bench;
  bench.out(0x18, te);
  CHECK(bench.in(0x1C) == te);
  CHECK_FALSE(passes(bench));
  CHECK(bench.fault_reason() == 1);
  CHECK(bench.in64(0x100) == 0x5000);
  CHECK(bench.record_high(0) == (0xC000000100000000 | VtdBench::source));  // F, T1: a read
  bench.out(0x18, 0);
  CHECK(passes(bench));
}

TEST_CASE("The write buffer flush is for units that ask for it: status set until it is done") {
  VtdUnit::Config config = slow();
  config.capability.write_buffer_flush = true;
  VtdBench bench(config);
  const Cycle start = bench.timebase.now();
  bench.out(0x18, wbf);
  check_around(bench, start + 100, wbf, 0);
}

TEST_CASE("The queue goes off when it is empty: what is in it is carried out first") {
  VtdUnit::Config config = gen8();
  config.invalidation = 50;
  VtdBench bench(config);
  bench.enable_queue();
  const Cycle start = bench.timebase.now();
  bench.submit(4, 0);
  bench.submit(4, 0);
  bench.out(0x18, 0);
  check_around(bench, start + 100, qie, 0);
  CHECK(bench.in64(0x80) == 0);
  CHECK(bench.unit.statistics().descriptors == 2);
}

TEST_CASE("Invalidations by register take their time, and tell what was done (§10.4.7, §10.4.8)") {
  VtdBench bench(slow());
  const Cycle start = bench.timebase.now();
  bench.out64(0x28, 1ull << 63 | 3ull << 61 | 0x00F80005);
  bench.out64(0x200, 0x7000);
  bench.out64(0x208, 1ull << 63 | 2ull << 60 | 5ull << 32);
  run_to(bench.timebase, start + 199);
  CHECK(bench.in64(0x28) >> 63 == 1);
  CHECK(bench.in64(0x208) >> 63 == 1);
  bench.out64(0x28, 0);  // too early: not heard
  run_to(bench.timebase, start + 200);
  CHECK(bench.in64(0x28) == (3ull << 61 | 3ull << 59 | 0x00F80005));
  CHECK(bench.in64(0x208) == (2ull << 60 | 2ull << 57 | 5ull << 32));
}

TEST_CASE("An incorrect invalidation by register is ignored and reports granularity 0") {
  VtdBench bench;
  bench.out64(0x28, 1ull << 63);
  CHECK(bench.in64(0x28) == 0);
  bench.out64(0x208, 1ull << 63);
  CHECK(bench.in64(0x208) == 0);
  bench.out64(0x200, 19);  // more than MAMV
  bench.out64(0x208, 1ull << 63 | 3ull << 60);
  CHECK(bench.in64(0x208) == 3ull << 60);
  bench.out64(0x200, 18);
  bench.out64(0x208, 1ull << 63 | 3ull << 60);
  CHECK(bench.in64(0x208) == (3ull << 60 | 3ull << 57));
  bench.enable_queue();
  bench.out64(0x28, 1ull << 63 | 1ull << 61);
  CHECK(bench.in64(0x28) == 1ull << 61);
  bench.out64(0x208, 1ull << 63 | 1ull << 60);
  CHECK(bench.in64(0x208) == 1ull << 60);
}

TEST_CASE("A unit without PSI invalidates the domain instead of pages, and says so") {
  VtdUnit::Config config = gen8();
  config.capability.page_selective = false;
  VtdBench bench(config);
  bench.out64(0x208, 1ull << 63 | 3ull << 60);
  CHECK(bench.in64(0x208) == (3ull << 60 | 2ull << 57));
}

TEST_CASE("Protected memory: status follows EPM, the limit's granule belongs to it (§10.4.16)") {
  VtdBench bench(slow());
  bench.out(0x68, 0x00200000);
  bench.out(0x6C, 0x00300000);
  const Cycle start = bench.timebase.now();
  bench.out(0x64, 0x80000000);
  run_to(bench.timebase, start + 99);
  CHECK(bench.in(0x64) == 0x80000000);
  CHECK(passes(bench, 0x200000));
  run_to(bench.timebase, start + 100);
  CHECK(bench.in(0x64) == 0x80000001);
  CHECK(passes(bench, 0x1FFFFF));
  CHECK_FALSE(passes(bench, 0x200000));
  CHECK_FALSE(passes(bench, 0x3FFFFF));
  CHECK(passes(bench, 0x400000));
  CHECK(bench.in(0x34) == 0);  // nothing is recorded
  bench.out(0x64, 0);
  run_to(bench.timebase, start + 200);
  CHECK(bench.in(0x64) == 0);
  CHECK(passes(bench, 0x200000));
}

TEST_CASE("The order in which Linux switches a unit on leaves no fault behind") {
  VtdBench bench;
  let_pass(bench);
  bench.out64(0x88, 0);
  bench.out64(0x90, VtdBench::queue_base);
  bench.out(0x18, qie);
  bench.out(0x18, qie | srtp);
  bench.submit(0x11, 0);
  bench.submit(0xD2, 0);
  bench.out64(0xB8, VtdBench::table_base | 0x80F);
  bench.out(0x18, qie | sirtp);
  bench.submit(4, 0);
  bench.out(0x18, qie | ire);
  bench.out(0x18, qie | ire | te);
  CHECK(bench.in(0x1C) == (qie | ire | te | srtp | sirtp));
  CHECK(bench.in(0x34) == 0);
  CHECK(passes(bench));
}
