// Runs programs on the simulated core at CPL 3. Every exception goes through the IDT to a handler
// of its own that consists of HLT; the state is then taken from the registers and the frame.

#include "tests/differential/engine.h"
#include "tests/differential/forms.h"
#include "tests/support/bare_machine.h"

namespace apicsim::differential {
namespace {

constexpr std::uint64_t handlers = 0x100000, idt = 0x101000, stack_top = 0x103000, tss = 0x103000,
                        gdt = 0x104000, tables = 0x200000;
constexpr std::uint16_t kernel_code = 0x08;
constexpr unsigned handler_size = 16;
constexpr Cycle cycles_per_case = 100'000;

constexpr std::uint64_t present = 1, writable = 2, user = 4, no_execute = std::uint64_t{1} << 63;

bool has_error_code(std::uint32_t vector) {
  return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
}

class CoreEngine final : public Engine {
 public:
  CoreEngine() {
    m_machine.cpu().activity = Activity::wait_for_start_up;
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    map_pages();
    write_descriptors();
  }

  const char* name() const override { return "apicsim"; }

  void run(const std::vector<Case>& cases, std::vector<Outcome>& outcomes) override {
    for (const Case& c : cases) {
      m_machine.load(c.base, c.code);
      m_machine.complex().code_written(c.base, slot_size);
    }
    outcomes.assign(cases.size(), Outcome());
    for (std::size_t i = 0; i < cases.size(); ++i) run_case(cases[i], outcomes[i]);
  }

 private:
  /// 4 KiB pages: linear and physical addresses are the same.
  void map_page(std::uint64_t address, std::uint64_t rights) {
    const std::uint64_t table = tables + (address >> 21) * 0x1000;
    m_machine.ram().write_value<std::uint64_t>(0x3000 + (address >> 21) * 8,
                                               table | present | writable | user);
    m_machine.ram().write_value<std::uint64_t>(table + ((address >> 12) & 511) * 8,
                                               address | present | rights);
  }

  void map_pages() {
    PhysicalMemory& ram = m_machine.ram();
    ram.write_value<std::uint64_t>(BareMachine::table_base, 0x2000 | present | writable | user);
    ram.write_value<std::uint64_t>(0x2000, 0x3000 | present | writable | user);
    for (std::uint64_t page = handlers; page < handlers + 0x5000; page += 0x1000)
      map_page(page, writable);
    for (std::uint64_t at = 0; at < std::uint64_t{slot_size} * max_batch; at += 0x1000)
      map_page(code_base + at, user);
    for (std::uint64_t at = 0; at < data_size; at += 0x1000)
      map_page(data_base + at, user | writable | no_execute);
  }

  void write_descriptors() {
    PhysicalMemory& ram = m_machine.ram();
    // 64-bit code, DPL 0 (SDM Vol. 3 §3.4.5); interrupt gates of DPL 3 (§6.14.1).
    ram.write_value<std::uint64_t>(gdt + kernel_code, 0x00209B0000000000);
    for (std::uint64_t vector = 0; vector < 256; ++vector) {
      const std::uint64_t handler = handlers + vector * handler_size;
      ram.write_value<std::uint8_t>(handler, 0xF4);
      ram.write_value<std::uint64_t>(idt + vector * 16, (handler & 0xFFFF) | kernel_code << 16 |
                                                            0xEE0000000000 | (handler >> 16) << 48);
      ram.write_value<std::uint64_t>(idt + vector * 16 + 8, handler >> 32);
    }
    ram.write_value<std::uint64_t>(tss + 4, stack_top);  // RSP0, §7.7
    ram.write_value<std::uint16_t>(tss + 0x66, 0xFFFF);  // no I/O permission bitmap, §7.7
    Cpu& cpu = m_machine.cpu();
    cpu.idt = {idt, 0xFFF};
    cpu.gdt = {gdt, 0xFFF};
    cpu.task.base = tss;
    cpu.task.limit = 0x67;
    cpu.task.type = 11;
    cpu.task.code_or_data = false;
  }

  void run_case(const Case& c, Outcome& outcome) {
    std::uint8_t data[data_size];
    fill_data(c.program.data_seed, data);
    m_machine.ram().write(data_base, data, data_size);
    Cpu& cpu = m_machine.cpu();
    m_machine.enter_64bit(0, c.base, c.program.registers[4], 3);
    for (unsigned i = 0; i < 16; ++i) cpu.registers[i] = c.program.registers[i];
    cpu.set_flags(c.program.flags | IF);
    cpu.cr2 = 0;
    const Cycle limit = cpu.cycle + cycles_per_case;
    while (cpu.activity == Activity::running && cpu.cycle < limit) cpu.run(limit, limit);
    if (cpu.activity == Activity::halted) read_outcome(outcome);
    m_machine.ram().read(data_base, outcome.data, data_size);
  }

  void read_outcome(Outcome& outcome) {
    const Cpu& cpu = m_machine.cpu();
    PhysicalMemory& ram = m_machine.ram();
    for (unsigned i = 0; i < 16; ++i) outcome.registers[i] = cpu.registers[i];
    outcome.vector = static_cast<std::uint32_t>((cpu.rip - 1 - handlers) / handler_size);
    std::uint64_t frame = cpu.registers[4];
    if (has_error_code(outcome.vector)) {
      outcome.error_code = static_cast<std::uint32_t>(ram.read_value<std::uint64_t>(frame));
      frame += 8;
    }
    outcome.rip = ram.read_value<std::uint64_t>(frame) - (outcome.vector == breakpoint);
    outcome.flags = static_cast<std::uint32_t>(ram.read_value<std::uint64_t>(frame + 16));
    outcome.registers[4] = ram.read_value<std::uint64_t>(frame + 24);
    outcome.address = outcome.vector == 14 ? cpu.cr2 : 0;
  }

  BareMachine m_machine;
};

}  // namespace

std::unique_ptr<Engine> make_core_engine() { return std::make_unique<CoreEngine>(); }

}  // namespace apicsim::differential
