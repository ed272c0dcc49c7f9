#include "models/core/cpu_complex.h"

#include <algorithm>

#include "models/apic/spec/local_apic_registers.h"
#include "models/core/cpuid.h"
#include "models/fabric/unmodelled.h"

namespace apicsim {

namespace {

/// Longest turn, in cycles: how late a request from outside the simulation can be noticed.
constexpr Cycle longest_turn = 1'000'000;
/// Instructions between two questions to the run monitor.
constexpr u64 monitor_interval = 1'000'000;

LocalApicConfig apic_config(const CpuComplexConfig& config, u32 number) {
  const CpuModel& model = config.model;
  const Clock timer(model.apic_timer_hz, model.reference_hz);
  const Clock tsc(model.tsc_hz, model.reference_hz);
  LocalApicConfig apic{
      number, config.apic_ids[number], number == 0, true, true, 0x15, 6, true, timer, tsc};
  apic.version = model.apic_version;
  apic.max_lvt = model.apic_max_lvt;
  apic.directed_eoi = model.apic_directed_eoi;
  apic.physical_bits = static_cast<u8>(model.physical_address_bits);
  apic.x2apic = has_feature(model, feature::x2apic);
  apic.tsc_deadline = has_feature(model, feature::tsc_deadline);
  apic.send_time = config.latencies.icr_send;
  apic.generation = model.apic_generation;
  apic.serial_bus = model.apic_generation != ApicGeneration::xapic;
  return apic;
}

/// As firmware leaves it: in xAPIC mode, which follows a reset, or in x2APIC mode. An id that does
/// not fit 8 bits would be another CPU's, or the broadcast, in xAPIC mode: that APIC is off.
void hand_over(LocalApic& apic, u32 id, bool x2apic) {
  constexpr u32 last_xapic_id = 254;  // SDM Vol. 3 §11.6.2.1
  const u64 base = apic.apic_base();
  if (x2apic)
    apic.write_apic_base(base | lapic::base::extended, 0);
  else if (id > last_xapic_id)
    apic.write_apic_base(base & ~u64{lapic::base::enable}, 0);
}

void suppress_eoi_broadcast(LocalApic& apic) {
  constexpr u32 svr_of_firmware = lapic::svr::suppress_eoi_broadcast | lapic::svr::enable | 0xFF;
  if (apic.x2apic_mode())
    apic.write_msr(lapic::msr_x2apic_first + lapic::reg::svr / 16, svr_of_firmware, 0);
  else
    apic.write_page(lapic::reg::svr, 4, svr_of_firmware, 0);
}

std::unique_ptr<PowerModel> power_model(const CpuComplexConfig& config,
                                        CoreSleepListener& listener) {
  if (!config.power) return nullptr;
  const Clock tsc(config.model.tsc_hz, config.model.reference_hz);
  return std::make_unique<PowerModel>(*config.power, tsc, listener);
}

}  // namespace

CpuComplex::CpuComplex(const sc_core::sc_module_name& name, const CpuComplexConfig& config,
                       const Timebase& timebase, InterruptSink& interrupts)
    : sc_module(name),
      memory("memory"),
      io("io"),
      m_timebase(timebase),
      m_config(config),
      m_physical(memory, io, timebase),
      m_decoder(m_config.timing ? &m_config.timing->instructions : nullptr),
      m_monitors(static_cast<u32>(config.apic_ids.size())),
      m_environment{m_config.model, m_config.latencies, m_physical, m_blocks, m_decoder},
      m_wake(static_cast<u32>(config.apic_ids.size())),
      m_told_idle(config.apic_ids.size(), false) {
  m_environment.one_gigabyte_pages = has_feature(config.model, feature::gigabyte_pages);
  m_environment.pse36 = has_feature(config.model, feature::pse36);
  m_environment.sse = has_feature(config.model, feature::sse);
  m_environment.sse2 = has_feature(config.model, feature::sse2);
  m_environment.cmpxchg16b = has_feature(config.model, feature::cmpxchg16b);
  m_environment.monitors = &m_monitors;
  m_power = power_model(m_config, *this);
  m_environment.power = m_power.get();
  m_environment.exact = config.scheduling == Scheduling::exact;
  if (m_config.timing) {
    if (m_environment.exact)
      m_config.lookahead = std::max<Cycle>(
          1, std::min(m_config.lookahead, least_transfer(m_config.timing->memory.parameters)));
    m_hierarchy = std::make_unique<MemoryHierarchy>(m_config.timing->memory);
    m_environment.timing = &*m_config.timing;
    m_environment.hierarchy = m_hierarchy.get();
  }
  AttentionListener& listener = *this;
  for (u32 i = 0; i < config.apic_ids.size(); ++i) {
    m_apics.push_back(std::make_unique<LocalApic>(apic_config(config, i), interrupts, listener));
    m_cpus.push_back(
        std::make_unique<Cpu>(i, config.apic_ids[i], i == 0, *m_apics[i], m_environment));
    m_wake.set(i, m_cpus[i]->wake_time());
  }
  const auto& x2apics = config.x2apic_at_start;
  for (u32 i = 0; i < config.apic_ids.size(); ++i)
    hand_over(*m_apics[i], config.apic_ids[i],
              std::find(x2apics.begin(), x2apics.end(), i) != x2apics.end());
  if (config.eoi_broadcast_suppressed) suppress_eoi_broadcast(*m_apics.front());
  if (m_config.timing) introduce_siblings();
  place_in_packages();
  const auto revoke = [this](u64 page) {
    for (auto& cpu : m_cpus) cpu->revoke_write(page);
  };
  m_blocks.on_new_code_page([this, revoke](u64 page) {
    revoke(page);
    if (m_code_page_hook) m_code_page_hook(page);
  });
  m_monitors.on_armed(revoke);
  m_monitors.on_written([this](u32 cpu, Cycle at) { monitored_line_written(cpu, at); });
  SC_HAS_PROCESS(CpuComplex);
  SC_METHOD(schedule);
}

CpuComplex::~CpuComplex() = default;

/// The threads of a core share its issue width.
void CpuComplex::introduce_siblings() {
  const std::vector<u32>& core = m_config.timing->memory.topology.core_of_cpu;
  for (u32 i = 0; i < count(); ++i)
    for (u32 j = i + 1; j < count(); ++j)
      if (core[i] == core[j]) {
        m_cpus[i]->set_sibling(m_cpus[j].get(), 0);
        m_cpus[j]->set_sibling(m_cpus[i].get(), 1);
      }
}

/// The loader has set registers since construction.
void CpuComplex::start_of_simulation() {
  for (u32 i = 0; i < m_cpus.size(); ++i) {
    m_wake.set(i, m_cpus[i]->wake_time());
    m_told_idle[i] = m_cpus[i]->activity != Activity::running;
  }
}

void CpuComplex::plant_probe(u64 physical, u32 id) {
  m_blocks.written(physical, 1);
  m_blocks.plant_probe(physical, id);
}

void CpuComplex::set_observer(CoreObserver* observer) { m_environment.observer = observer; }

void CpuComplex::code_written(u64 physical, u64 size) {
  m_blocks.written(physical, size);
  m_monitors.written(physical, size, m_timebase.now());
}

void CpuComplex::device_access(u64 physical, u64 size, bool write) {
  if (m_hierarchy) m_hierarchy->device_access(physical, size, write, m_timebase.now());
}

void CpuComplex::request_stop() {
  stop(Stop::requested, m_running);
  if (m_running < m_cpus.size()) m_cpus[m_running]->end_turn();
}

void CpuComplex::attention(u32 cpu, Cycle cycle) {
  if (cpu >= m_cpus.size() || m_cpus[cpu]->activity == Activity::running) return;
  const Cycle wake = std::max(cycle, m_cpus[cpu]->cycle);
  if (wake < m_wake[cpu]) set_wake(cpu, wake);
}

void CpuComplex::monitored_line_written(u32 number, Cycle at) {
  Cpu& cpu = *m_cpus[number];
  cpu.monitor_armed = false;
  if (cpu.activity != Activity::mwait) return;
  if (m_power) {
    cpu.monitor_hit = std::max(cpu.cycle, at + m_power->monitor_wake());
    if (cpu.monitor_hit < m_wake[number]) set_wake(number, cpu.monitor_hit);
    return;
  }
  cpu.activity = Activity::running;
  cpu.cycle = std::max(cpu.cycle, at);
  set_wake(number, cpu.cycle);
}

/// C3 and deeper lose what the core holds; without ARAT the APIC timer stands (SDM Vol. 3 §11.5.4).
void CpuComplex::core_lost(u32 cpu, CState, Cycle from) {
  m_cpus[cpu]->flush_tlb(false);
  if (m_hierarchy) m_hierarchy->lose_private(cpu, from);
  if (!has_feature(m_config.model, feature::arat)) m_apics[cpu]->stop_timer(from);
}

void CpuComplex::core_back(u32 cpu, Cycle at) { m_apics[cpu]->resume_timer(at); }

/// A sleeping CPU gets a time to run at. Whoever is running may not get further ahead of it than of
/// any other.
void CpuComplex::set_wake(u32 cpu, Cycle wake) {
  m_wake.set(cpu, wake);
  if (!m_in_schedule)
    m_wake_event.notify(sc_core::SC_ZERO_TIME);
  else if (cpu != m_running)
    m_cpus[m_running]->limit_turn(latest_end(wake), exact_end(m_running, cpu, wake));
}

/// End of a turn beside a CPU that wants to run at `other_wake`.
Cycle CpuComplex::latest_end(Cycle other_wake) const {
  return other_wake > never - m_config.lookahead ? never : other_wake + m_config.lookahead;
}

/// Up to when `cpu` is the earliest: among CPUs at the same time the lower number comes first.
Cycle CpuComplex::exact_end(u32 cpu, u32 other, Cycle other_wake) {
  return other < cpu && other_wake > 0 ? other_wake - 1 : other_wake;
}

Cycle CpuComplex::next_systemc_event() const {
  if (sc_core::sc_pending_activity_at_current_time()) return m_timebase.now();
  if (!sc_core::sc_pending_activity_at_future_time()) return never;
  return m_timebase.now(sc_core::sc_time_to_pending_activity());
}

void CpuComplex::schedule() {
  m_in_schedule = true;
  while (m_stop == Stop::none) {
    const WakeQueue::Candidate next = m_wake.next();
    const Cycle event = next_systemc_event();
    if (next.wake >= m_cycle_limit && event >= m_cycle_limit &&
        (next.wake != never || m_cycle_limit != never)) {
      stop(Stop::cycle_limit, next.cpu);
      break;
    }
    if (next.wake >= event || next.wake == never) {
      wait_until(next.wake, event);
      break;
    }
    run_turn(next, event);
  }
  m_in_schedule = false;
}

/// Lets SystemC go on, first with what is due now, then up to the time when a CPU wants to run.
void CpuComplex::wait_until(Cycle wake, Cycle event) {
  if (event <= m_timebase.now()) {
    next_trigger(sc_core::SC_ZERO_TIME);
  } else if (wake == never) {
    next_trigger(m_wake_event);
  } else {
    next_trigger(m_timebase.to_sc_time(wake) - sc_core::sc_time_stamp(), m_wake_event);
  }
}

void CpuComplex::run_turn(const WakeQueue::Candidate& next, Cycle event) {
  Cpu& cpu = *m_cpus[next.cpu];
  m_running = next.cpu;
  cpu.cycle = std::max(cpu.cycle, next.wake);
  const Cycle until =
      std::min({latest_end(next.other_wake), event, m_cycle_limit, next.wake + longest_turn});
  const Cycle exact_until = exact_end(next.cpu, next.other, next.other_wake);
  const u64 before = cpu.instructions;
  const Cycle start = cpu.cycle;
  try {
    cpu.run(until, exact_until);
  } catch (const Unmodelled& error) {
    stop(Stop::unmodelled, next.cpu, error.what());
  }
  m_instructions += cpu.instructions - before;
  m_wake.set(next.cpu, cpu.wake_time());
  m_now = std::max(m_now, cpu.cycle);
  tell_idle(cpu, start, cpu.instructions != before);
  if (cpu.activity == Activity::shutdown) stop(Stop::shutdown, next.cpu);
  ask_monitor();
}

void CpuComplex::tell_idle(Cpu& cpu, Cycle turn_start, bool executed) {
  const bool running = cpu.activity == Activity::running;
  CoreObserver* const observer = m_environment.observer;
  if (m_told_idle[cpu.number()] && (running || executed)) {
    m_told_idle[cpu.number()] = false;
    if (observer) observer->idle(cpu.number(), turn_start, false);
  }
  if (m_told_idle[cpu.number()] || running) return;
  m_told_idle[cpu.number()] = true;
  if (observer) observer->idle(cpu.number(), cpu.cycle, true);
}

void CpuComplex::ask_monitor() {
  if (m_instructions < m_next_monitor) return;
  m_next_monitor = m_instructions + monitor_interval;
  if (m_monitor && !m_monitor->keep_running(m_now)) stop(Stop::monitor, m_running);
}

void CpuComplex::stop(Stop reason, u32 cpu, std::string text) {
  if (m_stop != Stop::none) return;
  m_stop = reason;
  m_stopped_cpu = cpu;
  m_stop_text = std::move(text);
  sc_core::sc_stop();
}

}  // namespace apicsim
