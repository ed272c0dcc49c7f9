// Thermal sensors (SDM Vol. 3 §14.7, §14.8) and corrected errors (§15.5).
#include "models/core/msr.h"
#include "tests/catch.h"
#include "tests/core/events/event_machine.h"

using namespace apicsim;

namespace {

constexpr u32 core_interrupt = 0x19B, core_status = 0x19C, package_status = 0x1B1,
              package_interrupt = 0x1B2, bank0_status = 0x401, bank0_control2 = 0x280;
constexpr u8 thermal_vector = 0x45, cmci_vector = 0x46;
constexpr int target = ThermalSensor::target;

/// Thermal sensor (CPUID.6:EAX[0]) and package (EAX[6]).
void with_sensors(CpuComplexConfig& config) {
  config.model.cpuid.insert(config.model.cpuid.begin() + 2, {6, 0, true, 0x41, 2, 0, 0});
  for (CpuidLeaf& leaf : config.model.cpuid)
    if (leaf.leaf == 1) leaf.edx |= 1u << 22;  // ACPI: the thermal MSRs
}

class WarmMachine : public EventMachine {
 public:
  WarmMachine() : EventMachine(with_sensors) { listen(); }
  void listen() {
    prepare({0x48, 0xFF, 0xC0, 0xEB, 0xFB});
    cpu().apic().write_page(0x330, 4, thermal_vector, cpu().cycle);
    cpu().apic().write_page(0x2F0, 4, cmci_vector, cpu().cycle);
    put(handler_at, {0xFB, 0x48, 0xFF, 0xC0, 0xEB, 0xFB});  // sti; inc; jmp
  }
  bool set(u32 index, u64 value) { return write_msr(cpu(), index, value, cpu().cycle); }
  u64 get(u32 index) {
    u64 value = ~u64{0};
    REQUIRE(read_msr(cpu(), index, cpu().cycle, value));
    return value;
  }
  /// Interrupts that a change brings, the handler's EOI included.
  unsigned interrupts_of(int celsius) {
    const unsigned before = count_of(false, thermal_vector);
    complex().set_core_temperature(0, celsius);
    steps(4);
    cpu().apic().write_page(0xB0, 4, 0, cpu().cycle);
    return count_of(false, thermal_vector) - before;
  }
};

}  // namespace

TEST_CASE("The readout is degrees below the target, valid, one degree fine (§14.7.5.2)") {
  WarmMachine machine;
  machine.complex().set_core_temperature(0, target - 30);
  const u64 status = machine.get(core_status);
  CHECK((status >> 16 & 0x7F) == 30);
  CHECK((status >> 27 & 0xF) == 1);
  CHECK((status >> 31) == 1);
  machine.complex().set_core_temperature(0, target + 20);
  CHECK((machine.get(core_status) >> 16 & 0x7F) == 0);
  machine.complex().set_core_temperature(0, -100);
  CHECK((machine.get(core_status) >> 16 & 0x7F) == 0x7F);
}

TEST_CASE("Each condition has a status that follows and a log that sticks until written as 0") {
  WarmMachine machine;
  machine.set(core_interrupt, u64{20} << 8 | u64{10} << 16);  // 20 and 10 degrees below
  struct Row {
    int celsius;
    u64 conditions;
  };
  constexpr Row rows[] = {{target - 21, 0},
                          {target - 20, 0x40},
                          {target - 11, 0x40},
                          {target - 10, 0x140},
                          {target - 1, 0x140},
                          {target, 0x145},
                          {ThermalSensor::critical, 0x155}};
  for (const Row& row : rows) {
    machine.complex().set_core_temperature(0, row.celsius);
    CHECK((machine.get(core_status) & 0xFFF) == (row.conditions | row.conditions << 1));
  }
  machine.complex().set_core_temperature(0, 30);
  CHECK((machine.get(core_status) & 0xFFF) == 0x2AA);
  CHECK(machine.set(core_status, 0x222));
  CHECK((machine.get(core_status) & 0xFFF) == 0x222);
  CHECK(machine.set(core_status, 0));
  CHECK((machine.get(core_status) & 0xFFF) == 0);
}

TEST_CASE("Thresholds interrupt in both directions, the rest as enabled (§14.7.5.3)") {
  WarmMachine machine;
  const u64 thresholds = u64{20} << 8 | u64{10} << 16;
  machine.set(core_interrupt, thresholds | thermal_interrupt::threshold1);
  CHECK(machine.interrupts_of(target - 21) == 0);
  CHECK(machine.interrupts_of(target - 20) == 1);
  CHECK(machine.interrupts_of(target - 9) == 0);
  CHECK(machine.interrupts_of(target - 21) == 1);
  machine.set(core_interrupt, thresholds | thermal_interrupt::high);
  CHECK(machine.interrupts_of(target) == 1);
  CHECK(machine.interrupts_of(target - 1) == 0);
  machine.set(core_interrupt, thresholds | thermal_interrupt::low);
  CHECK(machine.interrupts_of(target) == 0);
  CHECK(machine.interrupts_of(target - 1) == 1);
  machine.set(core_interrupt, thresholds | thermal_interrupt::critical);
  CHECK(machine.interrupts_of(ThermalSensor::critical) == 1);
  machine.set(core_interrupt, 0);
  CHECK(machine.interrupts_of(20) == 0);
  CHECK(machine.interrupts_of(ThermalSensor::critical) == 0);
}

TEST_CASE("The package's sensor has its own thresholds, PROCHOT# from outside counts for both") {
  WarmMachine machine;
  machine.set(package_interrupt, thermal_interrupt::high);
  machine.complex().set_package_temperature(0, target);
  machine.steps(2);
  CHECK(machine.count_of(false, thermal_vector) == 1);
  CHECK((machine.get(package_status) & 1) == 1);
  CHECK((machine.get(core_status) & 1) == 0);
  machine.complex().set_package_temperature(0, 40);
  machine.complex().set_prochot(0, true);
  CHECK((machine.get(core_status) & 0xF) == 0xC);
  CHECK((machine.get(package_status) & 0xC) == 0xC);
  machine.complex().set_prochot(0, false);
  CHECK((machine.get(core_status) & 0xF) == 0x8);
}

TEST_CASE("Reserved bits of the thermal registers are #GP(0), bit by bit (Vol. 4 table 2-2)") {
  WarmMachine machine;
  for (unsigned n = 0; n < 64; ++n) {
    INFO("bit " << n);
    const bool values = n >= 8 && n <= 23;
    CHECK(machine.set(core_interrupt, u64{1} << n) == (n <= 4 || values));
    CHECK(machine.set(package_interrupt, u64{1} << n) == (n <= 2 || n == 4 || values));
    const bool logged = n <= 9, readout = n >= 16 && n <= 22;
    CHECK(machine.set(core_status, u64{1} << n) == (logged || readout || (n >= 27 && n <= 31)));
    CHECK(machine.set(package_status, u64{1} << n) == (logged || readout));
  }
}

TEST_CASE("Corrected errors count in their bank, and CMCI comes at the threshold (§15.5)") {
  WarmMachine machine;
  machine.set(bank0_control2, 1u << 30 | 3);
  for (unsigned n = 1; n <= 5; ++n) {
    machine.complex().corrected_error(0, 0, 0x0150);
    machine.steps(4);
    const u64 status = machine.get(bank0_status);
    CHECK((status >> 63) == 1);
    CHECK((status >> 62 & 1) == (n > 1 ? 1 : 0));
    CHECK((status >> 38 & 0x7FFF) == n);
    CHECK((status & 0xFFFF) == 0x0150);
    CHECK(machine.count_of(false, cmci_vector) == (n >= 3 ? 1 : 0));
  }
  CHECK_FALSE(machine.set(bank0_status, 1));
  CHECK(machine.set(bank0_status, 0));
  machine.complex().corrected_error(0, 0, 1);
  CHECK((machine.get(bank0_status) >> 38 & 0x7FFF) == 1);
}

TEST_CASE("Without CMCI enabled in IA32_MCi_CTL2 an error is recorded silently (§15.3.2.5)") {
  WarmMachine machine;
  machine.set(bank0_control2, 1);
  machine.complex().corrected_error(0, 0, 0x0150);
  machine.steps(4);
  CHECK(machine.count_of(false, cmci_vector) == 0);
  CHECK((machine.get(bank0_status) >> 63) == 1);
}

TEST_CASE("Reserved bits of IA32_CLOCK_MODULATION are #GP(0) (§14.7.3.1)") {
  WarmMachine machine;
  for (unsigned n = 0; n < 64; ++n)
    CHECK(machine.set(0x19A, u64{1} << n) == (n >= 1 && n <= 4));  // CPUID.6:EAX[5] is clear
  CHECK(machine.set(0x19A, 0xE));
  CHECK(machine.get(0x19A) == 0xE);
}

TEST_CASE("A modulated clock runs for its duty cycle and stands for the rest (§14.7.3)") {
  EventMachine machine([](CpuComplexConfig& config) {
    with_sensors(config);
    config.latencies.modulation_period = 1600;
  });
  machine.prepare({0x48, 0xFF, 0xC0, 0xEB, 0xFB});
  Cpu& cpu = machine.cpu();
  for (const u64 duty : {2u, 8u, 14u}) {
    cpu.cycle = (cpu.cycle / 1600 + 1) * 1600;
    REQUIRE(write_msr(cpu, 0x19A, 0x10 | duty, cpu.cycle));
    const u64 before = cpu.instructions;
    machine.run(16'000);
    CHECK(cpu.instructions - before == 1000 * duty);
  }
  REQUIRE(write_msr(cpu, 0x19A, 0, cpu.cycle));
  const u64 before = cpu.instructions;
  machine.run(16'000);
  CHECK(cpu.instructions - before == 16'000);
}

TEST_CASE("An interrupt that arrives while the clock stands is taken when it runs again") {
  EventMachine machine([](CpuComplexConfig& config) {
    with_sensors(config);
    config.latencies.modulation_period = 1600;
  });
  machine.prepare({0x48, 0xFF, 0xC0, 0xEB, 0xFB});
  Cpu& cpu = machine.cpu();
  cpu.cycle = 16'000;
  REQUIRE(write_msr(cpu, 0x19A, 0x18, cpu.cycle));  // half of the time
  machine.message(DeliveryMode::fixed, EventMachine::fixed_vector, 799);
  machine.run(10'000);
  CHECK(machine.log.entries.front().cycle == 16'799);
  machine.prepare({0x48, 0xFF, 0xC0, 0xEB, 0xFB});
  const Cycle start = cpu.cycle = (cpu.cycle / 1600 + 1) * 1600;
  machine.message(DeliveryMode::fixed, EventMachine::fixed_vector, 801);
  machine.run(10'000);
  CHECK(machine.log.entries.front().cycle == start + 1600);
  CHECK(machine.log.entries.front().accepted == start + 801);
}

namespace {

constexpr u32 mcg_status_index = 0x17A, bank0_control = 0x400;

}  // namespace

TEST_CASE("An uncorrected error is #MC where its bank and CR4.MCE are enabled (§15.10, §6.15)") {
  WarmMachine machine;
  machine.cpu().cr4 |= cr4::mce;
  machine.complex().uncorrected_error(0, 0, 0x0135);
  machine.step();
  CHECK(machine.log.entries.empty());  // IA32_MC0_CTL is clear
  machine.set(bank0_status, 0);
  machine.set(bank0_control, ~u64{0});
  machine.complex().uncorrected_error(0, 0, 0x0135);
  machine.step();
  CHECK(machine.took(true, vector::machine_check));
  CHECK(machine.get(mcg_status_index) == 5);
  CHECK(machine.get(bank0_status) == (u64{0xB} << 60 | 0x0135));
  machine.complex().uncorrected_error(0, 0, 0x0136);  // while MCIP is set
  machine.step();
  CHECK(machine.cpu().activity == Activity::shutdown);
  CHECK(machine.get(bank0_status) == (u64{0xF} << 60 | 0x0135));
}

TEST_CASE("Without CR4.MCE an uncorrected error shuts the processor down (§6.15, interrupt 18)") {
  WarmMachine machine;
  machine.set(bank0_control, ~u64{0});
  machine.complex().uncorrected_error(0, 0, 0x0135);
  machine.step();
  CHECK(machine.cpu().activity == Activity::shutdown);
}
