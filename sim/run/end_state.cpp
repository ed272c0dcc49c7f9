#include "sim/run/end_state.h"

#include <memory>
#include <string>

#include "sim/digest/sha256.h"
#include "sim/observe/fold_digest.h"

namespace apicsim {

namespace {

/// The architectural state that software can see, beside its time stamp counter.
std::uint64_t register_digest(const Cpu& cpu) {
  FoldDigest digest;
  for (unsigned i = 0; i < 16; ++i) digest.add(cpu.registers[i]);
  digest.add(cpu.rip);
  digest.add(cpu.flags());
  for (const Segment& segment : cpu.segments) {
    digest.add(segment.selector);
    digest.add(segment.base);
  }
  for (const TableRegister& table : {cpu.gdt, cpu.idt}) {
    digest.add(table.base);
    digest.add(table.limit);
  }
  for (const std::uint64_t value : {cpu.cr0, cpu.cr2, cpu.cr3, cpu.cr4, cpu.dr6, cpu.dr7,
                                    cpu.msr.efer, cpu.msr.kernel_gs_base, cpu.msr.lstar})
    digest.add(value);
  digest.add(static_cast<std::uint64_t>(cpu.activity));
  return digest.value();
}

void emit_cpus(CpuComplex& cpus, Cycle at, EventStream& events) {
  for (std::uint32_t number = 0; number < cpus.count(); ++number) {
    Event event;
    event.id = EventId::cpu_state;
    event.cpu = number;
    event.cycle = at;
    event.values = {cpus.cpu(number).rip, register_digest(cpus.cpu(number))};
    event.count = 2;
    events.emit(event);
  }
}

std::uint64_t first_eight(const std::string& digest) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 8; ++i) value = value << 8 | static_cast<std::uint8_t>(digest[i]);
  return value;
}

/// Digests pages and emits one event per piece of memory.
class MemoryDigest {
 public:
  MemoryDigest(Cycle at, EventStream& events) : m_at(at), m_events(events) {}
  ~MemoryDigest() { emit(); }
  MemoryDigest(const MemoryDigest&) = delete;
  MemoryDigest& operator=(const MemoryDigest&) = delete;

  void page(std::uint64_t physical, const std::byte* data) {
    const std::uint64_t piece = physical & ~(PhysicalMemory::chunk_size - 1);
    if (piece != m_piece) emit();
    m_piece = piece;
    ++m_pages;
    m_digest->update(&physical, sizeof physical);
    m_digest->update(data, PhysicalMemory::page_size);
  }

 private:
  void emit() {
    if (m_pages == 0) return;
    Event event;
    event.id = EventId::memory_state;
    event.cycle = m_at;
    event.values = {m_piece, m_pages, first_eight(m_digest->finish())};
    event.count = 3;
    m_events.emit(event);
    m_digest = std::make_unique<Sha256>();
    m_pages = 0;
  }

  Cycle m_at;
  EventStream& m_events;
  std::uint64_t m_piece = 0;
  std::uint64_t m_pages = 0;
  std::unique_ptr<Sha256> m_digest = std::make_unique<Sha256>();
};

}  // namespace

void emit_end_state(Platform& platform, Cycle at, EventStream& events) {
  emit_cpus(platform.cpus(), at, events);
  MemoryDigest digest(at, events);
  platform.memory().visit_touched(
      [&](std::uint64_t physical, const std::byte* data) { digest.page(physical, data); });
}

}  // namespace apicsim
