#include "tests/apic/apic_fixture.h"
#include "tests/catch.h"

using namespace apicsim;
using namespace apicsim::testing;
using namespace apicsim::lapic;

TEST_CASE("Physical destinations in xAPIC mode: own ID and 0xFF, SDM 11.6.2.1") {
  ApicBench bench(plain_config(0x2A, false));
  for (unsigned destination = 0; destination <= 0xFF; ++destination)
    CHECK(bench.apic.matches(to(destination, physical)) ==
          (destination == 0x2A || destination == 0xFF));
}

TEST_CASE("A written xAPIC ID is the one that answers, also when it is another CPU's, 11.4.6") {
  ApicBench first(plain_config(1, false));
  ApicBench second(plain_config(2, false));
  for (unsigned id = 0; id < 0xFF; ++id) {
    first.write(reg::id, id << 24);
    second.write(reg::id, id << 24);
    CHECK(first.apic.matches(to(id, physical)));
    CHECK(second.apic.matches(to(id, physical)));
  }
  CHECK(first.sink.routing_changes >= 255);
}

TEST_CASE("Flat logical destinations: all LDR by all destinations, SDM 11.6.2.2") {
  ApicBench bench;
  for (unsigned ldr = 0; ldr <= 0xFF; ++ldr) {
    bench.write(reg::ldr, ldr << 24);
    for (unsigned destination = 0; destination <= 0xFF; ++destination)
      REQUIRE(bench.apic.matches(to(destination, logical)) ==
              (destination == 0xFF || (destination & ldr) != 0));
  }
}

TEST_CASE("Cluster logical destinations: all LDR by all destinations, SDM 11.6.2.2") {
  ApicBench bench;
  bench.write(reg::dfr, 0x0FFFFFFF);
  for (unsigned ldr = 0; ldr <= 0xFF; ++ldr) {
    bench.write(reg::ldr, ldr << 24);
    for (unsigned destination = 0; destination <= 0xFF; ++destination) {
      const bool same_cluster = destination >> 4 == ldr >> 4;
      REQUIRE(bench.apic.matches(to(destination, logical)) ==
              (destination == 0xFF || (same_cluster && (destination & ldr & 15) != 0)));
    }
  }
}

TEST_CASE("Reserved destination models answer to the broadcast only, SDM 11.6.2.2") {
  ApicBench bench;
  bench.write(reg::ldr, 0xFF000000);
  for (std::uint32_t model = 1; model < 15; ++model) {
    bench.write(reg::dfr, model << 28);
    CHECK_FALSE(bench.apic.matches(to(0x01, logical)));
    CHECK(bench.apic.matches(to(0xFF, logical)));
  }
}

TEST_CASE("Physical destinations in x2APIC mode: 32 bits, broadcast 0xFFFFFFFF, SDM 11.12.9") {
  ApicBench bench(plain_config(0x1FF, false));
  bench.enter_x2apic();
  CHECK(bench.apic.matches(to(0x1FF, physical, true)));
  CHECK(bench.apic.matches(to(0xFFFFFFFF, physical, true)));
  CHECK_FALSE(bench.apic.matches(to(0xFF, physical, true)));
  CHECK_FALSE(bench.apic.matches(to(0x100, physical, true)));
}

TEST_CASE("Logical destinations in x2APIC mode: cluster and bit, SDM 11.12.10.1") {
  for (const std::uint32_t id : {0u, 15u, 16u, 51u, 255u, 256u}) {
    ApicBench bench(plain_config(id, false));
    bench.enter_x2apic();
    for (std::uint32_t cluster = 0; cluster < 18; ++cluster)
      for (std::uint32_t bit = 0; bit < 16; ++bit)
        REQUIRE(bench.apic.matches(to(cluster << 16 | 1u << bit, logical, true)) ==
                (cluster == id >> 4 && bit == (id & 15)));
    CHECK(bench.apic.matches(to((id >> 4) << 16 | 0xFFFF, logical, true)));
    CHECK_FALSE(bench.apic.matches(to((id >> 4) << 16, logical, true)));
    CHECK(bench.apic.matches(to(0xFFFFFFFF, logical, true)));
  }
}

TEST_CASE("8-bit destinations to an x2APIC: ids 0..254 and the broadcast 0xFF, SDM 11.12.9") {
  ApicBench low(plain_config(0x2A, false));
  ApicBench high(plain_config(0x12A, false));
  low.enter_x2apic();
  high.enter_x2apic();
  CHECK(low.apic.matches(to(0x2A, physical)));
  CHECK_FALSE(high.apic.matches(to(0x2A, physical)));
  CHECK(low.apic.matches(to(0xFF, physical)));
  CHECK(high.apic.matches(to(0xFF, physical)));
}

TEST_CASE("8-bit logical destinations reach an x2APIC in cluster 0 only, SDM 11.12.10.1") {
  ApicBench first(plain_config(3, false));
  ApicBench other(plain_config(19, false));
  first.enter_x2apic();
  other.enter_x2apic();
  CHECK(first.apic.matches(to(0x08, logical)));
  CHECK_FALSE(first.apic.matches(to(0x04, logical)));
  CHECK_FALSE(other.apic.matches(to(0x08, logical)));
}

TEST_CASE("32-bit destinations to an xAPIC: its 8-bit ID, not 0xFF as broadcast, SDM 11.12.9") {
  ApicBench bench(plain_config(0x2A, false));
  CHECK(bench.apic.matches(to(0x2A, physical, true)));
  CHECK_FALSE(bench.apic.matches(to(0x12A, physical, true)));
  CHECK_FALSE(bench.apic.matches(to(0xFF, physical, true)));
  CHECK(bench.apic.matches(to(0xFFFFFFFF, physical, true)));
  bench.write(reg::ldr, 0x01000000);
  CHECK(bench.apic.matches(to(0x01, logical, true)));
  CHECK_FALSE(bench.apic.matches(to(0x10001, logical, true)));
}

TEST_CASE("ID 254 with LDR 0xC9, flat: the destinations that name it, SDM 11.6.2") {
  ApicBench bench(plain_config(254, false));
  bench.write(reg::ldr, 0xC9000000);
  CHECK(bench.apic.matches(to(254, physical)));
  CHECK(bench.apic.matches(to(0xFF, physical)));
  CHECK_FALSE(bench.apic.matches(to(77, physical)));
  CHECK(bench.apic.matches(to(0x48, logical)));
  CHECK_FALSE(bench.apic.matches(to(0x12, logical)));
}

TEST_CASE("A disabled APIC answers to nothing, SDM 11.4.3") {
  ApicBench bench;
  REQUIRE(bench.apic.write_apic_base(base::default_address, 0));
  CHECK_FALSE(bench.apic.matches(to(0, physical)));
  CHECK_FALSE(bench.apic.matches(to(0xFF, physical)));
}

TEST_CASE("Arbitration priority is the class of TPR, software-disabled APICs come last, 11.6.2.4") {
  ApicBench bench;
  CHECK(bench.apic.arbitration_priority() == 0xFF);
  bench.software_enable();
  for (unsigned tpr = 0; tpr <= 0xFF; ++tpr) {
    bench.write(reg::tpr, tpr);
    CHECK(bench.apic.arbitration_priority() == tpr >> 4);
  }
}

TEST_CASE("The logical ID of every x2APIC ID names one CPU of one cluster, SDM 11.12.10.2") {
  for (std::uint32_t id = 0; id <= 0x2000; id += id < 0x400 ? 1 : 0xFF) {
    ApicBench bench(plain_config(id, false));
    bench.enter_x2apic();
    const std::uint64_t logical_id = *bench.apic.read_msr(0x80D, 0);
    CAPTURE(id);
    CHECK(logical_id >> 16 == id / 16);
    CHECK((logical_id & 0xFFFF) == 1u << id % 16);
    CHECK(bench.apic.matches(to(static_cast<std::uint32_t>(logical_id), logical, true)));
    const auto sibling =
        static_cast<std::uint32_t>((logical_id & 0xFFFF0000) | (~logical_id & 0xFFFF));
    CHECK_FALSE(bench.apic.matches(to(sibling, logical, true)));
    CHECK_FALSE(
        bench.apic.matches(to(static_cast<std::uint32_t>(logical_id) + 0x10000, logical, true)));
  }
}

TEST_CASE("IDs from 2^20 on share logical IDs: 16 bits of cluster, SDM 11.12.10.2") {
  ApicBench bench(plain_config(0x100023, false));
  bench.enter_x2apic();
  CHECK(bench.apic.read_msr(0x80D, 0) == std::optional<std::uint64_t>{0x00020008});
}
