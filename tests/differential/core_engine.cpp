// Runs programs on the simulated core at CPL 3. Every exception goes through the IDT to a handler
// of its own that consists of HLT; the state is then taken from the registers and the frame.

#include "tests/differential/engine.h"
#include "tests/differential/forms.h"
#include "tests/support/bare_machine.h"
#include "tests/support/timed_config.h"

namespace apicsim::differential {
namespace {

// The kernel's pages lie in the upper half, where no program's host counterpart has any memory of
// its own; page tables are not mapped.
constexpr std::uint64_t kernel_physical = 0x100000, kernel_size = 0x5000, tables = 0x200000;
constexpr std::uint64_t kernel = 0xFFFF800000000000;
constexpr std::uint64_t handlers = kernel, idt = kernel + 0x1000, stack_top = kernel + 0x3000,
                        tss = kernel + 0x3000, gdt = kernel + 0x4000;
constexpr std::uint16_t kernel_code = 0x08;
constexpr unsigned handler_size = 16;
constexpr Cycle cycles_per_case = 100'000;

constexpr std::uint64_t present = 1, writable = 2, user = 4, no_execute = std::uint64_t{1} << 63;

bool has_error_code(std::uint32_t vector) {
  return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
}

class CoreEngine final : public Engine {
 public:
  explicit CoreEngine(bool timed)
      : m_machine(1, [timed](CpuComplexConfig& config) {
          if (timed) config.timing = test_timing(1);
        }) {
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
  /// Maps a 4 KiB page; upper tables allow everything (SDM Vol. 3 §4.5).
  void map_page(std::uint64_t linear, std::uint64_t physical, std::uint64_t rights) {
    PhysicalMemory& ram = m_machine.ram();
    std::uint64_t table = BareMachine::table_base;
    for (unsigned shift = 39; shift > 12; shift -= 9) {
      const std::uint64_t entry_at = table + ((linear >> shift) & 511) * 8;
      auto entry = ram.read_value<std::uint64_t>(entry_at);
      if (entry == 0) {
        entry = m_next_table | present | writable | user;
        ram.write_value(entry_at, entry);
        m_next_table += 0x1000;
      }
      table = entry & ~0xFFFull;
    }
    ram.write_value<std::uint64_t>(table + ((linear >> 12) & 511) * 8, physical | present | rights);
  }

  void map_pages() {
    for (std::uint64_t page = 0; page < kernel_size; page += 0x1000)
      map_page(kernel + page, kernel_physical + page, writable);
    for (std::uint64_t at = 0; at < std::uint64_t{slot_size} * max_batch; at += 0x1000)
      map_page(code_base + at, code_base + at, user);
    for (std::uint64_t at = 0; at < data_size; at += 0x1000)
      map_page(data_base + at, data_base + at, user | writable | no_execute);
  }

  void write_descriptors() {
    PhysicalMemory& ram = m_machine.ram();
    // 64-bit code, DPL 0 (SDM Vol. 3 §3.4.5); interrupt gates of DPL 3 (§6.14.1).
    ram.write_value<std::uint64_t>(physical(gdt) + kernel_code, 0x00209B0000000000);
    for (std::uint64_t vector = 0; vector < 256; ++vector) {
      const std::uint64_t handler = handlers + vector * handler_size;
      ram.write_value<std::uint8_t>(physical(handler), 0xF4);
      const std::uint64_t gate = physical(idt) + vector * 16;
      ram.write_value<std::uint64_t>(gate, (handler & 0xFFFF) | kernel_code << 16 | 0xEE0000000000 |
                                               (handler >> 16 & 0xFFFF) << 48);
      ram.write_value<std::uint64_t>(gate + 8, handler >> 32);
    }
    ram.write_value<std::uint64_t>(physical(tss) + 4, stack_top);  // RSP0, §7.7
    ram.write_value<std::uint16_t>(physical(tss) + 0x66, 0xFFFF);  // no I/O permission bitmap, §7.7
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
    std::uint64_t frame = physical(cpu.registers[4]);
    if (has_error_code(outcome.vector)) {
      outcome.error_code = static_cast<std::uint32_t>(ram.read_value<std::uint64_t>(frame));
      frame += 8;
    }
    outcome.rip = ram.read_value<std::uint64_t>(frame) - (outcome.vector == breakpoint);
    outcome.flags = static_cast<std::uint32_t>(ram.read_value<std::uint64_t>(frame + 16));
    outcome.registers[4] = ram.read_value<std::uint64_t>(frame + 24);
    outcome.address = outcome.vector == 14 ? cpu.cr2 : 0;
  }

  static std::uint64_t physical(std::uint64_t linear) { return linear - kernel + kernel_physical; }

  BareMachine m_machine;
  std::uint64_t m_next_table = tables;
};

}  // namespace

std::unique_ptr<Engine> make_core_engine() { return std::make_unique<CoreEngine>(false); }
std::unique_ptr<Engine> make_timed_core_engine() { return std::make_unique<CoreEngine>(true); }

}  // namespace apicsim::differential
