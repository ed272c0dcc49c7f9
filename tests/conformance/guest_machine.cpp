#include "tests/conformance/guest_machine.h"

#include <elf.h>

#include <cstring>
#include <fstream>
#include <sstream>

#include "tests/support/memory_layout.h"

namespace apicsim {

namespace {

constexpr std::uint64_t memory_size = std::uint64_t{2} << 30;
constexpr std::uint32_t xen_phys32_entry = 18;

CpuComplexConfig core_config(const CpuModel& model) {
  CpuComplexConfig config;
  config.model = model;
  config.apic_ids = {0};
  config.lookahead = 100;
  return config;
}

InterruptFabricConfig fabric_config() {
  InterruptFabricConfig config;
  config.cpus.resize(1);
  return config;
}

template <class T>
bool read_at(const std::string& file, std::uint64_t offset, T& value) {
  if (offset > file.size() || file.size() - offset < sizeof value) return false;
  std::memcpy(&value, file.data() + offset, sizeof value);
  return true;
}

/// Entry point in the only note that such a file has: header, "Xen", address.
bool read_entry(const std::string& file, const Elf64_Phdr& segment, std::uint32_t& entry) {
  Elf64_Nhdr note;
  return read_at(file, segment.p_offset, note) && note.n_type == xen_phys32_entry &&
         read_at(file, segment.p_offset + sizeof note + 4, entry);
}

Segment flat(std::uint8_t type) {
  Segment s;
  s.type = type;
  s.big = true;
  s.limit = 0xFFFFFFFF;
  return s;
}

}  // namespace

GuestMachine::GuestMachine(const CpuModel& model)
    : m_timebase(model.reference_hz),
      m_interrupts("interrupts", fabric_config(), m_timebase),
      m_memory_map("memory_map", std::uint64_t{1} << 46, AddressMap::UnmodelledPolicy::stop),
      m_port_map("port_map", 1 << 16, AddressMap::UnmodelledPolicy::stop),
      m_ram("ram", {{0, memory_size}}),
      m_serial("serial", m_timebase, Uart16550::Config{}, *this, nullptr),
      m_exit("exit", m_timebase, *this),
      m_complex("cpus", core_config(model), m_timebase, m_interrupts) {
  m_interrupts.attach(m_complex.apic(0));
  m_complex.memory.bind(m_memory_map.in);
  m_complex.io.bind(m_port_map.in);
  map_memory_and_messages(m_memory_map, m_ram, memory_size, m_interrupts);
  add_port("serial", 0x3F8, 8, m_port_map.connect(m_serial.socket));
  add_port("exit", 0xF4, 4, m_port_map.connect(m_exit.socket));
}

void GuestMachine::add_port(const char* name, std::uint64_t base, std::uint64_t size,
                            unsigned target) {
  AddressRegion region;
  region.base = base;
  region.size = size;
  region.name = name;
  region.target = target;
  m_port_map.add(region);
}

bool GuestMachine::load(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  return stream && load_segments(content.str()) && m_entry != 0;
}

bool GuestMachine::load_segments(const std::string& file) {
  Elf64_Ehdr header;
  if (!read_at(file, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return false;
  for (unsigned n = 0; n < header.e_phnum; ++n) {
    Elf64_Phdr segment;
    if (!read_at(file, header.e_phoff + n * sizeof segment, segment)) return false;
    if (segment.p_type == PT_NOTE && !read_entry(file, segment, m_entry)) return false;
    if (segment.p_type != PT_LOAD) continue;
    if (segment.p_offset + segment.p_filesz > file.size()) return false;
    m_ram.write(segment.p_paddr, file.data() + segment.p_offset, segment.p_filesz);
  }
  return true;
}

/// 32-bit protected mode, flat segments, paging off (Xen, x86/HVM direct boot ABI).
void GuestMachine::run(Cycle limit) {
  Cpu& cpu = m_complex.cpu(0);
  cpu.cr0 = cr0::pe | cr0::et;
  for (Segment& segment : cpu.segments) segment = flat(3);
  cpu.segment(Seg::cs) = flat(11);
  cpu.rip = m_entry;
  cpu.update_mode();
  cpu.update_tlb_view();
  m_complex.set_cycle_limit(limit);
  sc_core::sc_start();
}

void GuestMachine::put(std::uint8_t byte, Cycle) { m_output += static_cast<char>(byte); }

void GuestMachine::debug_exit(std::uint32_t value, Cycle) {
  m_exited = true;
  m_exit_value = value;
  m_complex.request_stop();
}

}  // namespace apicsim
