#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <systemc>

#include "tests/support/bare_machine.h"

// bench_core [CPUS [PAIRS]]: guest instructions per host second on the allocator's fast path, with
// CPUS simulated CPUs (default 1) that execute PAIRS alloc/free pairs each (default 1,000,000).

extern "C" const std::uint8_t slub_fast_path_code[], slub_fast_path_end[];

namespace {

using namespace apicsim;

constexpr std::uint64_t code_at = 0x100000, areas_at = 0x200000, area_size = 0x10000;

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
  const auto cpus = static_cast<std::uint32_t>(argc > 1 ? std::strtoul(argv[1], nullptr, 0) : 1);
  const std::uint64_t pairs = argc > 2 ? std::strtoull(argv[2], nullptr, 0) : 1'000'000;
  if (cpus < 1 || cpus > 1024 || pairs < 1) {
    std::fprintf(stderr, "usage: bench_core [CPUS 1..1024 [PAIRS]]\n");
    return 2;
  }
  BareMachine machine(cpus);
  machine.map_identity();
  machine.load(code_at, {slub_fast_path_code, slub_fast_path_end});
  for (std::uint32_t i = 0; i < cpus; ++i) place_cpu(machine, i, pairs);
  const auto start = std::chrono::steady_clock::now();
  sc_core::sc_start();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const double instructions = static_cast<double>(machine.complex().instructions());
  std::printf("%4u CPUs  %12.0f instructions  %8.3f s  %8.1f M instructions/s\n", cpus,
              instructions, seconds.count(), instructions / seconds.count() / 1e6);
  return 0;
}

/// Instead of libsystemc's own, to leave its banner out.
int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
