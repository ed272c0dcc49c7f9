// What an access to a board's interrupt controllers costs a CPU: the profile's entry, to the cycle.
#include "models/apic/io_apic.h"
#include "models/devices/pic_8259.h"
#include "sim/platform/address_spaces.h"
#include "tests/catch.h"
#include "tests/core/timing/timed_machine.h"

using namespace apicsim;

namespace {

constexpr u64 page = 0xFEC00000;
constexpr Cycle mmio_cost = 431, port_cost = 1187;

void functional(CpuComplexConfig& config) {
  config.latencies.uncached_access = mmio_cost;
  config.latencies.port_io = port_cost;
  config.timing.reset();
}

struct Bench {
  TimedMachine machine{1, functional};
  Timebase timebase{2'800'000'000};
  IoApic io_apic{"io_apic", IoApicConfig{}, timebase};
  Pic8259Pair pic{"pic", timebase, nullptr};

  Bench() {
    AddressSpaces::place(machine.memory_map(), io_apic.socket, page, 0x1000, "I/O APIC");
    AddressSpaces::place(machine.ports(), pic.master.socket, 0x20, 2, "8259");
    AddressSpaces::leave_out(machine.ports(), pic.slave.socket);
    AddressSpaces::leave_out(machine.ports(), pic.trigger.socket);
    io_apic.messages.bind(machine.memory_map().in);
  }
  /// Of one more `access`, with `operand` in EBX and EDX.
  Cycle cost(u32 operand, std::initializer_list<u8> access) {
    return total(operand, access, 9) - total(operand, access, 8);
  }
  Cycle total(u32 operand, std::initializer_list<u8> access, unsigned count) {
    Code code;
    const auto move = [&](u8 opcode) {
      code.add({opcode});
      for (unsigned i = 0; i < 4; ++i) code.add({static_cast<u8>(operand >> (8 * i))});
    };
    code.stamp_r8();
    move(0xBB);
    move(0xBA);
    for (unsigned i = 0; i < count; ++i) code.add(access);
    code.stamp_r9().halt();
    machine.run(code);
    return machine.measured();
  }
};

constexpr std::initializer_list<u8> load = {0x8B, 0x03};   // mov (%rbx), %eax
constexpr std::initializer_list<u8> store = {0x89, 0x03};  // mov %eax, (%rbx)
constexpr std::initializer_list<u8> in = {0xEC};           // in %dx, %al
constexpr std::initializer_list<u8> out = {0xEE};          // out %al, %dx

}  // namespace

TEST_CASE("Every access to an I/O APIC costs latency.uncached_access, no cycle less or more") {
  Bench bench;
  for (const u32 offset : {0x00u, 0x10u, 0x40u, 0x20u}) {
    CAPTURE(offset);
    CHECK(bench.cost(static_cast<u32>(page) + offset, load) == mmio_cost + 1);
    CHECK(bench.cost(static_cast<u32>(page) + offset, store) == mmio_cost + 1);
  }
}

TEST_CASE("Every access to an 8259 costs latency.port_io, no cycle less or more") {
  Bench bench;
  for (const u32 port : {0x20u, 0x21u}) {
    CHECK(bench.cost(port, in) == port_cost + 1);
    CHECK(bench.cost(port, out) == port_cost + 1);
  }
}
