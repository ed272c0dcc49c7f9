// bench_memory_accuracy PROFILE CSV MACHINE HZ SLICES WAYS: the pointer chases of a published table
// (columns machine, cpu string, MHz, pattern, working set in KiB, stride, cycles) through the
// caches and TLBs of a timing profile, with the last level of the measured processor.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "sim/scenario/scenario.h"
#include "sim/scenario/timing_profile.h"
#include "tests/memory/hierarchy/page_random_chase.h"

using namespace apicsim;

namespace {

constexpr std::uint64_t longest_working_set = 32 << 10;  // KiB; larger ones measure the same

struct Row {
  std::uint64_t working_set_kib = 0, stride = 0;
  double published = 0;
};

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      out.emplace_back();
    else
      out.back() += c;
  }
  return out;
}

std::vector<Row> read_rows(std::istream& in, const std::string& machine) {
  std::vector<Row> rows;
  for (std::string line; std::getline(in, line);) {
    const std::vector<std::string> fields = fields_of(line);
    if (fields.size() < 7 || fields[0] != machine) continue;
    Row row;
    row.working_set_kib = std::strtoull(fields[4].c_str(), nullptr, 10);
    row.stride = fields[5] == "4K" ? 4096 : std::strtoull(fields[5].c_str(), nullptr, 10);
    row.published = std::strtod(fields[6].c_str(), nullptr);
    if (row.stride != 0 && row.working_set_kib <= longest_working_set) rows.push_back(row);
  }
  return rows;
}

void print_rows(const std::vector<Row>& rows, const MemoryTimingConfig& config) {
  double sum = 0, worst = 0;
  std::printf("%8s %7s %10s %10s %7s\n", "KiB", "stride", "published", "simulated", "error");
  for (const Row& row : rows) {
    apicsim::testing::PageRandomChase chase(config, row.working_set_kib << 10, row.stride);
    const double simulated =
        static_cast<double>(chase.round()) / static_cast<double>(chase.loads());
    const double error = (simulated / row.published - 1) * 100;
    std::printf("%8llu %7llu %10.1f %10.1f %+6.1f%%\n",
                static_cast<unsigned long long>(row.working_set_kib),
                static_cast<unsigned long long>(row.stride), row.published, simulated, error);
    const double size = error < 0 ? -error : error;
    sum += size;
    worst = size > worst ? size : worst;
  }
  std::printf("%zu rows, mean error %.1f %%, worst %.1f %%\n", rows.size(),
              sum / static_cast<double>(rows.size()), worst);
}

}  // namespace

int sc_main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "usage: bench_memory_accuracy PROFILE CSV MACHINE HZ SLICES WAYS\n");
    return 2;
  }
  std::ifstream table(argv[2]);
  const std::vector<Row> rows = read_rows(table, argv[3]);
  if (rows.empty()) {
    std::fprintf(stderr, "%s: no rows of '%s'\n", argv[2], argv[3]);
    return 2;
  }
  try {
    const std::uint64_t hz = std::strtoull(argv[4], nullptr, 10);
    MemoryTimingConfig config{load_timing_profile(argv[1], hz).memory, {{0}, {0}, {0}, {}}};
    config.parameters.llc_slices = std::strtoull(argv[5], nullptr, 10);
    config.parameters.llc_ways = std::strtoull(argv[6], nullptr, 10);
    print_rows(rows, config);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
  return 0;
}
