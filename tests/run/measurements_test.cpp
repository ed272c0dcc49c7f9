#include "sim/run/measurements.h"

#include <algorithm>
#include <random>

#include "tests/catch.h"

using namespace apicsim;

TEST_CASE("Median and p99 are nearest ranks, whatever the order of the samples") {
  // Against the definition on the sorted values: rank ceil(p * n / 100), from 1.
  for (const std::size_t count : {1u, 2u, 3u, 99u, 100u, 101u, 1000u}) {
    std::vector<std::uint64_t> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(1000 + i * i);
    std::mt19937 random(1);
    std::shuffle(values.begin(), values.end(), random);
    Measurements measurements;
    for (const std::uint64_t value : values) measurements.add("row", value, 1);
    std::sort(values.begin(), values.end());
    const Measurement row = measurements.rows().at(0);
    INFO(count);
    CHECK(row.min.rounded() == values.front());
    CHECK(row.max.rounded() == values.back());
    CHECK(row.median.rounded() == values[(count * 50 + 99) / 100 - 1]);
    CHECK(row.p99.rounded() == values[(count * 99 + 99) / 100 - 1]);
  }
}

TEST_CASE("A sample of N operations weighs N times and adds its cycles once") {
  Measurements measurements;
  measurements.add("chase", 1000, 100);  // 100 operations of 10 cycles
  measurements.add("chase", 77, 1);
  measurements.add("chase", 99, 1);
  const Measurement row = measurements.rows().at(0);
  CHECK(row.samples == 3);
  CHECK(row.operations == 102);
  CHECK(row.cycles == 1176);
  CHECK(row.min.rounded() == 10);
  CHECK(row.median.rounded() == 10);
  CHECK(row.p99.rounded() == 77);  // 101 of 102 operations take no more
  CHECK(row.max.rounded() == 99);
  CHECK(row.mean() == OperationTime{196, 17});
}

TEST_CASE("Ratios compare and convert exactly, rounded to the nearest with halves up") {
  CHECK(OperationTime{1, 3} < OperationTime{34, 100});
  CHECK_FALSE(OperationTime{1, 3} < OperationTime{2, 6});
  CHECK(OperationTime{7, 2}.rounded() == 4);
  CHECK(OperationTime{10, 3}.rounded() == 3);
  CHECK(OperationTime{0, 5}.rounded() == 0);
  // 935 cycles of 2.8 GHz: 333 928.57... ps
  CHECK(OperationTime{935, 1}.scaled(1'000'000'000'000, 2'800'000'000) == 333'929);
  constexpr std::uint64_t most = ~std::uint64_t{0};
  CHECK(OperationTime{most, 1}.rounded() == most);
  CHECK(OperationTime{most, 1}.scaled(1'000'000'000'000, 1) == most);
  CHECK(OperationTime{most - 1, most}.rounded() == 1);
}

TEST_CASE("Rows keep the order of their first samples, what makes no sense is counted apart") {
  Measurements measurements;
  CHECK(measurements.rows().empty());
  measurements.add("b", 1, 1);
  measurements.add("a", 2, 1);
  measurements.add("b", 3, 1);
  measurements.add("b", 3, 0);
  measurements.add("", 3, 1);
  measurements.add_bad();
  const auto rows = measurements.rows();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].row == "b");
  CHECK(rows[0].samples == 2);
  CHECK(rows[1].row == "a");
  CHECK(measurements.bad_samples() == 3);
}

TEST_CASE("Sums saturate instead of wrapping") {
  Measurements measurements;
  constexpr std::uint64_t most = ~std::uint64_t{0};
  measurements.add("x", most, most);
  measurements.add("x", most, most);
  const Measurement row = measurements.rows().at(0);
  CHECK(row.cycles == most);
  CHECK(row.operations == most);
  CHECK(row.median == OperationTime{1, 1});
}
