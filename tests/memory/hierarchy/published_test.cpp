#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "sim/scenario/timing_profile.h"
#include "tests/catch.h"
#include "tests/memory/hierarchy/page_random_chase.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr const char* table =
    APICSIM_SOURCE_DIR "/../shared/reference/numbers/memory_latency_instlatx64.csv";

struct Row {
  std::uint64_t working_set = 0, stride = 0;
  double published = 0;
};

/// Rows of the i7-3930K up to half of its last level; lines end in size in KiB, stride, cycles,
/// source.
std::vector<Row> rows_of(std::istream& in) {
  std::vector<Row> rows;
  for (std::string line; std::getline(in, line);) {
    const std::size_t start = line.find("Page_Random,");
    if (line.find("SandyBridge-E i7-3930K") != 0 || start == std::string::npos) continue;
    std::istringstream fields(line.substr(start + 12));
    std::string size, stride, cycles;
    std::getline(fields, size, ',');
    std::getline(fields, stride, ',');
    std::getline(fields, cycles, ',');
    const Row row{std::stoull(size) << 10, stride == "4K" ? 4096 : std::stoull(stride),
                  std::stod(cycles)};
    if (row.working_set <= 6 << 20) rows.push_back(row);
  }
  return rows;
}

}  // namespace

// The profile was not set from these figures; those that it was set from are linear strides.
TEST_CASE("A chase through L1, L2 and last level takes what an i7-3930K was measured to take") {
  std::ifstream in(table);
  if (!in) SKIP("no table of published latencies beside the repository");
  const std::vector<Row> rows = rows_of(in);
  REQUIRE(rows.size() > 50);
  MemoryTimingConfig config;
  config.parameters =
      load_timing_profile(APICSIM_SOURCE_DIR "/configs/timing/sandybridge-ep.toml", 3209260000)
          .memory;
  config.parameters.llc_slices = 6;  // 12 MiB in 16 ways
  config.parameters.llc_ways = 16;
  config.topology = {{0}, {0}, {0}, {}};
  double sum = 0;
  for (const Row& row : rows) {
    PageRandomChase chase(config, row.working_set, row.stride);
    const double cycles = static_cast<double>(chase.round()) / static_cast<double>(chase.loads());
    const double error = std::abs(cycles / row.published - 1);
    CAPTURE(row.working_set, row.stride, row.published, cycles);
    CHECK(error < 0.15);
    sum += error;
  }
  CHECK(sum / static_cast<double>(rows.size()) < 0.04);
}
