// Where the register page of the local APIC is, and what is there when it is not (SDM Vol. 3
// §11.4).
#include "models/apic/spec/local_apic_registers.h"
#include "tests/catch.h"
#include "tests/support/bare_machine.h"

using namespace apicsim;
namespace reg = lapic::reg;

namespace {

constexpr u64 code_at = 0x100000, stack_at = 0x120000;
constexpr u64 ram_page = 0x800000;
constexpr u64 default_page = lapic::base::default_address;

/// Machine code, one instruction after another.
struct Code {
  std::vector<std::uint8_t> bytes;

  Code& add(std::initializer_list<u8> more) {
    bytes.insert(bytes.end(), more);
    return *this;
  }
  Code& word(u32 value) {
    for (unsigned i = 0; i < 4; ++i) bytes.push_back(static_cast<u8>(value >> 8 * i));
    return *this;
  }
  Code& set_base(u32 value) {  // mov $0x1B, %ecx; mov $value, %eax; xor %edx, %edx; wrmsr
    return add({0xB9}).word(0x1B).add({0xB8}).word(value).add({0x31, 0xD2, 0x0F, 0x30});
  }
  Code& store(u32 address, u32 value) {  // mov $address, %ebx; movl $value, (%rbx)
    return add({0xBB}).word(address).add({0xC7, 0x03}).word(value);
  }
  Code& load(u32 address) {  // mov $address, %ebx; mov (%rbx), %r8d
    return add({0xBB}).word(address).add({0x44, 0x8B, 0x03});
  }
};

struct PageMachine : BareMachine {
  explicit PageMachine(u32 cpus) : BareMachine(cpus) { map_identity(); }

  /// Runs the pieces of code, one per CPU, each up to its HLT.
  void run(std::vector<Code> pieces) {
    for (u32 i = 0; i < pieces.size(); ++i) {
      const u64 at = code_at + i * 0x1000;
      load(at, pieces[i].add({0xFA, 0xF4}).bytes);
      enter_64bit(i, at, stack_at + i * 0x1000 + 0x800);
    }
    sc_core::sc_start();
  }
  u32 tpr(u32 number) { return cpu(number).apic().peek(reg::tpr, 0); }
  u32 loaded(u32 number = 0) { return static_cast<u32>(cpu(number).registers[8]); }
};

constexpr u32 base_of(u64 page, u32 flags) { return static_cast<u32>(page) | flags; }
constexpr u32 enabled = 0x900;  ///< EN and BSP

}  // namespace

TEST_CASE("The page moves over RAM: its CPU reaches the APIC there, another one RAM, 11.4.5") {
  PageMachine machine(2);
  machine.ram().write_value<u32>(ram_page + reg::tpr, 0x11111111);
  Code first, second;
  first
      .load(ram_page + reg::tpr)  // as RAM before: nothing of that may stay in a TLB
      .set_base(base_of(ram_page, enabled))
      .store(ram_page + reg::tpr, 0x50)
      .load(ram_page + reg::tpr);
  second.store(ram_page + reg::tpr, 0x60).store(default_page + reg::tpr, 0x70);
  second.load(ram_page + reg::tpr);
  machine.run({first, second});
  CHECK(machine.tpr(0) == 0x50);
  CHECK(machine.loaded(0) == 0x50);
  CHECK(machine.tpr(1) == 0x70);
  CHECK(machine.loaded(1) == 0x60);
  CHECK(machine.ram().read_value<u32>(ram_page + reg::tpr) == 0x60);
}

TEST_CASE("A page that has moved on leaves the RAM below it as it was, SDM 11.4.5") {
  PageMachine machine(1);
  machine.ram().write_value<u32>(ram_page + reg::tpr, 0x11111111);
  Code code;
  code.set_base(base_of(ram_page, enabled)).store(ram_page + reg::tpr, 0x50);
  code.set_base(base_of(default_page, enabled)).load(ram_page + reg::tpr);
  machine.run({code});
  CHECK(machine.loaded() == 0x11111111);
  CHECK(machine.tpr(0) == 0x50);
}

TEST_CASE("Beside the page a CPU's store to 0xFEExxxxx is no interrupt, SDM 11.11") {
  PageMachine machine(2);
  Code code;
  code.store(0xFEE01000, 0x55).store(0xFEEFF00C, 0x55).load(0xFEE01000);
  machine.run({code});
  CHECK(machine.loaded() == 0xFFFFFFFF);
  CHECK(machine.cpu(0).apic().counters().received + machine.cpu(0).apic().under_way() == 0);
  CHECK(machine.cpu(1).apic().counters().received + machine.cpu(1).apic().under_way() == 0);
}

TEST_CASE("A disabled APIC decodes no page: all ones, stores go nowhere, SDM 11.4.3") {
  PageMachine machine(1);
  Code code;
  code.set_base(base_of(default_page, 0x100)).store(default_page + reg::tpr, 0x50);
  code.load(default_page + reg::version);
  machine.run({code});
  CHECK(machine.loaded() == 0xFFFFFFFF);
  CHECK(machine.tpr(0) == 0);
}

TEST_CASE("An APIC in x2APIC mode decodes no page: all ones, stores go nowhere, SDM 11.12.2") {
  PageMachine machine(1);
  Code code;
  code.set_base(base_of(default_page, 0xD00)).store(default_page + reg::tpr, 0x50);
  code.load(default_page + reg::version);
  machine.run({code});
  CHECK(machine.loaded() == 0xFFFFFFFF);
  CHECK(machine.tpr(0) == 0);
}
