#include "tests/support/bare_machine.h"

#include "tests/support/memory_layout.h"

namespace apicsim {

namespace {

constexpr std::uint64_t reference_hz = 2'800'000'000;
/// Present, writable, user, accessed, dirty; large page.
constexpr std::uint64_t table_entry = 0x27, large_page = 0xE7;

Segment flat_segment(std::uint16_t selector, std::uint8_t type, std::uint8_t dpl) {
  Segment s;
  s.selector = selector;
  s.type = type;
  s.dpl = dpl;
  s.limit = 0xFFFFFFFF;
  s.long_mode = (type & 8) != 0;
  s.big = (type & 8) == 0;
  return s;
}

}  // namespace

CpuModel BareMachine::model() {
  CpuModel m;
  m.name = "bare";
  m.reference_hz = m.tsc_hz = reference_hz;
  m.apic_timer_hz = 100'000'000;
  // Leaf 1: what every x86-64 processor has; CX16, x2APIC, POPCNT and TSC-deadline.
  m.cpuid = {{0, 0, true, 0xB, 0x756E6547, 0x6C65746E, 0x49656E69},
             {1, 0, true, 0x000306E4, 0x00010800, 0x01A02000, 0x178BFBFF},
             {0x80000000, 0, true, 0x80000008, 0, 0, 0},
             {0x80000001, 0, true, 0, 0, 1, 0x2C100800},
             {0x80000008, 0, true, 0x302E, 0, 0, 0}};
  return m;
}

CpuComplexConfig BareMachine::core_config(std::uint32_t cpus, const Adjust& adjust) {
  CpuComplexConfig config;
  config.model = model();
  for (std::uint32_t i = 0; i < cpus; ++i) config.apic_ids.push_back(i);
  config.lookahead = 200;
  if (adjust) adjust(config);
  return config;
}

InterruptFabricConfig BareMachine::fabric_config(std::uint32_t cpus) {
  InterruptFabricConfig config;
  config.cpus.resize(cpus);
  return config;
}

BareMachine::BareMachine(std::uint32_t cpus, const Adjust& adjust)
    : m_timebase(reference_hz),
      m_interrupts("interrupts", fabric_config(cpus), m_timebase),
      m_memory_map("memory_map", std::uint64_t{1} << 46, AddressMap::UnmodelledPolicy::stop),
      m_port_map("port_map", 1 << 16, AddressMap::UnmodelledPolicy::stop),
      m_ram("ram", {{0, memory_size}}),
      m_behind_ports("behind_ports", {{0, PhysicalMemory::page_size}}),
      m_complex("cpus", core_config(cpus, adjust), m_timebase, m_interrupts) {
  for (std::uint32_t i = 0; i < cpus; ++i) m_interrupts.attach(m_complex.apic(i));
  m_complex.memory.bind(m_memory_map.in);
  m_complex.io.bind(m_port_map.in);
  map_memory_and_messages(m_memory_map, m_ram, memory_size, m_interrupts);
  m_port_map.connect(m_behind_ports.socket);
}

void BareMachine::load(std::uint64_t physical, const std::vector<std::uint8_t>& bytes) {
  m_ram.write(physical, bytes.data(), bytes.size());
}

void BareMachine::map_identity() {
  m_ram.write_value<std::uint64_t>(table_base, (table_base + 0x1000) | table_entry);
  for (std::uint64_t i = 0; i < 512; ++i)
    m_ram.write_value<std::uint64_t>(table_base + 0x1000 + i * 8, i << 30 | large_page);
}

void BareMachine::enter_64bit(std::uint32_t number, std::uint64_t rip, std::uint64_t rsp,
                              std::uint8_t cpl) {
  Cpu& c = cpu(number);
  c.cr3 = table_base;
  c.cr4 = cr4::pae | cr4::pge;
  c.cr0 = cr0::pe | cr0::pg | cr0::wp | cr0::ne | cr0::et;
  c.msr.efer = efer::lme | efer::lma | efer::nxe | efer::sce;
  c.cpl = cpl;
  for (auto& segment : c.segments)
    segment = flat_segment(static_cast<std::uint16_t>(0x18 | cpl), 3, cpl);
  c.segment(Seg::cs) = flat_segment(static_cast<std::uint16_t>(0x10 | cpl), 11, cpl);
  c.activity = Activity::running;
  c.set_flags(0);
  c.update_mode();
  c.update_tlb_view();
  c.rip = rip;
  c.registers[4] = rsp;
}

}  // namespace apicsim
