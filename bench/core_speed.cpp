#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <systemc>

#include "tests/support/bare_machine.h"
#include "tests/support/timed_config.h"

// bench_core [CPUS [PAIRS]] [--timed exact|fast]: guest instructions per host second on the
// allocator's fast path, with CPUS simulated CPUs (default 1) that execute PAIRS alloc/free pairs
// each (default 1,000,000), in functional or timed execution.

extern "C" const std::uint8_t slub_fast_path_code[], slub_fast_path_end[];

namespace {

using namespace apicsim;

constexpr std::uint64_t code_at = 0x100000, areas_at = 0x200000, area_size = 0x10000;

struct Options {
  std::uint32_t cpus = 1;
  std::uint64_t pairs = 1'000'000;
  bool timed = false;
  Scheduling scheduling = Scheduling::exact;
};

bool read_options(int argc, char** argv, Options& options) {
  unsigned place = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--timed" && i + 1 < argc) {
      const std::string scheduling = argv[++i];
      if (scheduling != "exact" && scheduling != "fast") return false;
      options.timed = true;
      options.scheduling = scheduling == "fast" ? Scheduling::fast : Scheduling::exact;
    } else if (place++ == 0) {
      options.cpus = static_cast<std::uint32_t>(std::strtoul(argv[i], nullptr, 0));
    } else {
      options.pairs = std::strtoull(argv[i], nullptr, 0);
    }
  }
  return place <= 2 && options.cpus >= 1 && options.cpus <= 1024 && options.pairs >= 1;
}

void place_cpu(BareMachine& machine, std::uint32_t number, std::uint64_t pairs) {
  const std::uint64_t area = areas_at + number * area_size;
  const std::uint64_t objects = area + 0x1000;
  machine.ram().write_value<std::uint64_t>(area, objects);
  for (std::uint64_t i = 0; i < 63; ++i)
    machine.ram().write_value<std::uint64_t>(objects + i * 64, objects + (i + 1) * 64);
  machine.enter_64bit(number, code_at, area + area_size - 64);
  Cpu& cpu = machine.cpu(number);
  cpu.segment(Seg::gs).base = area;
  cpu.update_mode();
  cpu.registers[1] = pairs;
}

}  // namespace

int sc_main(int argc, char** argv) {
  Options options;
  if (!read_options(argc, argv, options)) {
    std::fprintf(stderr, "usage: bench_core [CPUS 1..1024 [PAIRS]] [--timed exact|fast]\n");
    return 2;
  }
  BareMachine machine(options.cpus, [&](CpuComplexConfig& config) {
    config.scheduling = options.scheduling;
    if (options.timed) config.timing = test_timing(options.cpus);
  });
  machine.map_identity();
  machine.load(code_at, {slub_fast_path_code, slub_fast_path_end});
  for (std::uint32_t i = 0; i < options.cpus; ++i) place_cpu(machine, i, options.pairs);
  const auto start = std::chrono::steady_clock::now();
  sc_core::sc_start();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const double instructions = static_cast<double>(machine.complex().instructions());
  std::printf("%4u CPUs  %12.0f instructions  %8.3f s  %8.1f M instructions/s", options.cpus,
              instructions, seconds.count(), instructions / seconds.count() / 1e6);
  if (options.timed)
    std::printf("  %12llu cycles", static_cast<unsigned long long>(machine.complex().now()));
  std::printf("\n");
  return 0;
}
