// What agents see of a CPU's stores that read memory past the caches (SDM Vol. 2, CLFLUSH, WBINVD,
// MOVNTI; VT-d §10.4.3, C).
#include "models/memory/dram_view.h"
#include "tests/catch.h"
#include "tests/core/timing/timed_machine.h"

using namespace apicsim;

namespace {

constexpr u64 data = TimedMachine::data_at;

/// `prepared` is executed on a machine of either kind, with rbx at `data` and rdx = 0x5555.
struct Bench {
  std::unique_ptr<BareMachine> machine;

  explicit Bench(bool timed) {
    if (timed)
      machine = std::make_unique<TimedMachine>();
    else
      machine = std::make_unique<BareMachine>();
    machine->ram().write_value<u64>(data, 0x1111);
    machine->ram().keep_dram_view();
    machine->complex().set_dram_view(machine->ram().dram_view());
    machine->map_identity();
  }
  void run(Code code) {
    machine->load(TimedMachine::code_at, code.halt().bytes());
    machine->enter_64bit(0, TimedMachine::code_at, TimedMachine::stack_at + 0x800);
    machine->cpu().registers[3] = data;
    machine->cpu().registers[2] = 0x5555;
    sc_core::sc_start();
  }
  u64 in_memory(u64 address = data) {
    u64 value = 0;
    machine->ram().dram_view()->read(address, &value, sizeof value);
    return value;
  }
  u64 newest() { return machine->ram().read_value<u64>(data); }
};

constexpr std::initializer_list<u8> store = {0x48, 0x89, 0x13};       // mov %rdx, (%rbx)
constexpr std::initializer_list<u8> load_first = {0x48, 0x8B, 0x03};  // mov (%rbx), %rax
constexpr std::initializer_list<u8> flush = {0x0F, 0xAE, 0x3B};       // clflush (%rbx)
constexpr std::initializer_list<u8> store_past_caches = {0x48, 0x0F, 0xC3, 0x13};  // movnti
constexpr std::initializer_list<u8> write_back = {0x0F, 0x09};                     // wbinvd
constexpr std::initializer_list<u8> exchange = {0x48, 0x87, 0x13};  // xchg %rdx, (%rbx)

void check(bool timed, Code code, u64 expected) {
  Bench bench(timed);
  bench.run(std::move(code));
  CHECK(bench.newest() == 0x5555);
  CHECK(bench.in_memory() == expected);
}

}  // namespace

TEST_CASE("A store stays in the cache, functional") { check(false, Code().add(store), 0x1111); }
TEST_CASE("A store stays in the cache, timed") { check(true, Code().add(store), 0x1111); }
TEST_CASE("A store after a load of the page stays in the cache, too") {
  check(false, Code().add(load_first).add(store), 0x1111);
}
TEST_CASE("A locked exchange stays in the cache") {
  check(false, Code().add(load_first).add(exchange), 0x1111);
}
TEST_CASE("CLFLUSH writes the line back, functional") {
  check(false, Code().add(store).add(flush), 0x5555);
}
TEST_CASE("CLFLUSH writes the line back, timed") {
  check(true, Code().add(store).add(flush), 0x5555);
}
TEST_CASE("CLFLUSH before the store does not help") {
  check(false, Code().add(flush).add(store), 0x1111);
}
TEST_CASE("WBINVD writes all lines back, functional") {
  check(false, Code().add(store).add(write_back), 0x5555);
}
TEST_CASE("WBINVD writes all lines back, timed") {
  check(true, Code().add(store).add(write_back), 0x5555);
}
TEST_CASE("A non-temporal store goes to memory") {
  check(false, Code().add(store_past_caches), 0x5555);
}

TEST_CASE("A modified line goes to memory when others push it out of the caches") {
  Bench bench(true);
  // mov %rdx, (%rbx); add $64, %rbx; loop
  Code code;
  code.add(store).add({0x48, 0x83, 0xC3, 0x40}).loop_to(0);
  bench.machine->cpu().registers[1] = 600'000;  // 38 MB
  bench.run(code);
  CHECK(bench.in_memory() == 0x5555);
  const u64 last = data + (600'000 - 1) * u64{64};
  CHECK(bench.machine->ram().read_value<u64>(last) == 0x5555);
  CHECK(bench.in_memory(last) == 0);
}
