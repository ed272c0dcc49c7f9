#include "sim/run/guest_observer.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace apicsim {

namespace {

constexpr u64 kInterruptFlag = 1u << 9;
constexpr std::size_t kLongestRowName = 64;

/// The C-state that the CPU asked for; its core may be kept in a shallower one by the sibling.
const char* idle_state(const Cpu& cpu) {
  return cpu.activity == Activity::wait_for_start_up ? "wait-for-SIPI"
                                                     : cstate_name(cpu.requested_state());
}

}  // namespace

GuestObserver::GuestObserver(CpuComplex& cpus, const PhysicalMemory& memory, const ElfImage& image,
                             EventStream& events, GuestListener& listener)
    : m_cpus(cpus),
      m_memory(memory),
      m_events(events),
      m_listener(listener),
      m_dead(cpus.count(), false) {
  for (const SdtProbe& sdt : image.probes()) {
    Probe probe;
    if (sdt.provider == "bench" && sdt.name == "sample") probe.kind = Probe::Kind::sample;
    probe.provider = sdt.provider;
    probe.name = sdt.name;
    probe.event_name = sdt.provider + ":" + sdt.name;
    probe.operands = parse_probe_operands(sdt.arguments);
    plant(image, sdt.address, std::move(probe));
  }
  plant_fault_watch(image);
  for (std::uint32_t cpu = 0; cpu < cpus.count(); ++cpu) {
    m_dead[cpu] = is_dead(cpu);
    m_dead_count += m_dead[cpu] ? 1 : 0;
  }
}

void GuestObserver::plant_fault_watch(const ElfImage& image) {
  const std::pair<const char*, Probe::Kind> functions[] = {{"die", Probe::Kind::oops},
                                                           {"die_page_fault", Probe::Kind::oops},
                                                           {"panic", Probe::Kind::panic}};
  for (const auto& [name, kind] : functions) {
    const ElfSymbol* symbol = image.symbols().find(name);
    if (symbol == nullptr) continue;
    Probe probe;
    probe.kind = kind;
    plant(image, symbol->address, std::move(probe));
  }
}

void GuestObserver::plant(const ElfImage& image, std::uint64_t address, Probe probe) {
  const auto physical = image.physical_of(address);
  if (!physical) return;
  m_cpus.plant_probe(*physical, static_cast<std::uint32_t>(m_probes.size()));
  m_probes.push_back(std::move(probe));
}

void GuestObserver::probe(std::uint32_t cpu, Cycle cycle, std::uint32_t probe_id) {
  Probe& probe = m_probes[probe_id];
  ++probe.hits;
  if (probe.is_fault()) {
    m_listener.guest_fault(probe.kind == Probe::Kind::panic, cpu, cycle);
    return;
  }
  if (probe.kind == Probe::Kind::sample && take_sample(probe, cpu, cycle)) return;
  if (m_events.listening()) emit_probe(probe, cpu, cycle);
}

void GuestObserver::emit_probe(const Probe& probe, std::uint32_t cpu, Cycle cycle) {
  Event event;
  event.id = EventId::probe;
  event.cpu = cpu;
  event.cycle = cycle;
  event.name = probe.event_name.c_str();
  for (const ProbeOperand& operand : probe.operands) {
    if (event.count == probe_arguments_shown) break;
    event.values[event.count++] = evaluate(operand, m_cpus.cpu(cpu), m_memory).value_or(0);
  }
  m_events.emit(event);
}

bool GuestObserver::take_sample(const Probe& probe, std::uint32_t number, Cycle cycle) {
  const Cpu& cpu = m_cpus.cpu(number);
  std::optional<std::uint64_t> values[3];
  for (std::size_t i = 0; i < 3 && i < probe.operands.size(); ++i)
    values[i] = evaluate(probe.operands[i], cpu, m_memory);
  const auto row = values[0] ? read_guest_text(*values[0], kLongestRowName, cpu, m_memory)
                             : std::optional<std::string>();
  if (!row || !values[1] || !values[2]) {
    m_measurements.add_bad();
    return false;
  }
  m_measurements.add(*row, *values[1], *values[2]);
  if (!m_events.listening()) return true;
  Event event;
  event.id = EventId::sample;
  event.cpu = number;
  event.cycle = cycle;
  event.values = {*values[1], *values[2]};
  event.count = 2;
  event.text = row->c_str();
  m_events.emit(event);
  return true;
}

void GuestObserver::interrupt(std::uint32_t cpu, Cycle cycle, std::uint8_t vector, Cycle accepted) {
  ++m_interrupts[vector];
  if (!m_events.listening()) return;
  Event event;
  event.id = EventId::interrupt;
  event.cpu = cpu;
  event.cycle = cycle;
  event.values = {vector, m_cpus.cpu(cpu).rip, accepted};
  event.count = 3;
  m_events.emit(event);
}

void GuestObserver::exception(std::uint32_t cpu, Cycle cycle, std::uint8_t vector,
                              std::uint32_t error_code, std::uint64_t rip) {
  ++m_exceptions[vector & 31];
  if (!m_events.listening()) return;
  Event event;
  event.id = EventId::exception;
  event.cpu = cpu;
  event.cycle = cycle;
  event.values = {vector, error_code, rip};
  event.count = 3;
  m_events.emit(event);
}

void GuestObserver::idle(std::uint32_t cpu, Cycle cycle, bool entered) {
  const bool dead = entered && is_dead(cpu);
  if (dead != m_dead[cpu]) {
    m_dead[cpu] = dead;
    m_dead_count += dead ? 1 : -1;
    if (m_dead_count == m_cpus.count()) m_listener.dead_end(cycle);
  }
  if (!m_events.listening()) return;
  Event event;
  event.id = entered ? EventId::idle_enter : EventId::idle_exit;
  event.cpu = cpu;
  event.cycle = cycle;
  event.values = {entered ? 1u : 0u};
  event.count = 1;
  if (entered) event.text = idle_state(m_cpus.cpu(cpu));
  m_events.emit(event);
}

bool GuestObserver::is_dead(std::uint32_t number) {
  const Cpu& cpu = m_cpus.cpu(number);
  switch (cpu.activity) {
    case Activity::running:
    case Activity::mwait:  // may end although IF is 0 (SDM Vol. 2, MWAIT, ECX[0]), or at a DMA
                           // write
      return false;
    case Activity::halted:
      return (cpu.flags() & kInterruptFlag) == 0;
    case Activity::wait_for_start_up:
      return true;
    case Activity::shutdown:  // ends the run by itself, with a reason of its own
      return false;
  }
  return false;
}

void GuestObserver::interrupt_message(const InterruptMessage& message, std::uint32_t cpu,
                                      Cycle sent, Cycle arrival) {
  if (!m_events.listening()) return;
  Event event;
  event.id = message.source == InterruptMessage::Source::ipi ? EventId::ipi : EventId::accept;
  event.cpu = cpu;
  event.cycle = arrival;
  event.values = {message.vector, static_cast<std::uint64_t>(message.delivery_mode), message.sender,
                  sent};
  event.count = 4;
  if (message.source == InterruptMessage::Source::msi) {
    event.values[2] = sent;
    event.count = 3;
  }
  m_events.emit(event);
}

void GuestObserver::interrupt_dropped(const InterruptMessage& message, Cycle sent) {
  if (!m_events.listening()) return;
  Event event;
  event.id = EventId::dropped;
  event.cycle = sent;
  event.values = {message.vector, static_cast<std::uint64_t>(message.delivery_mode),
                  message.destination};
  event.count = 3;
  m_events.emit(event);
}

std::vector<GuestObserver::ProbeCount> GuestObserver::probe_counts() const {
  std::vector<ProbeCount> counts;
  for (const Probe& probe : m_probes) {
    if (probe.is_fault()) continue;
    const auto same = [&](const ProbeCount& count) {
      return count.provider == probe.provider && count.name == probe.name;
    };
    const auto found = std::find_if(counts.begin(), counts.end(), same);
    if (found != counts.end())
      found->hits += probe.hits;
    else
      counts.push_back({probe.provider, probe.name, probe.hits});
  }
  std::sort(counts.begin(), counts.end(), [](const ProbeCount& a, const ProbeCount& b) {
    return std::tie(a.provider, a.name) < std::tie(b.provider, b.name);
  });
  return counts;
}

}  // namespace apicsim
