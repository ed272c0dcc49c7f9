#include "models/power/power_model.h"

#include <algorithm>

namespace apicsim {

namespace {

constexpr unsigned index(CState state) { return static_cast<unsigned>(state); }
constexpr unsigned index(PackageState state) { return static_cast<unsigned>(state); }

PackageState package_state(CState shallowest_core) {
  switch (shallowest_core) {
    case CState::c3:
      return PackageState::pc3;
    case CState::c6:
      return PackageState::pc6;
    case CState::c7:
      return PackageState::pc7;
    default:
      return PackageState::pc0;
  }
}

}  // namespace

PowerModel::PowerModel(const PowerConfig& config, const Clock& tsc, CoreSleepListener& listener)
    : m_config(config),
      m_tsc(tsc),
      m_listener(listener),
      m_threads(config.places.size()),
      m_core_of(config.places.size()) {
  for (std::uint32_t cpu = 0; cpu < config.places.size(); ++cpu)
    add_thread(cpu, config.places[cpu]);
}

std::uint32_t PowerModel::find_core(const CpuPlace& place) const {
  for (std::uint32_t i = 0; i < m_cores.size(); ++i) {
    const CpuPlace& other = m_config.places[m_cores[i].threads.front()];
    if (other.socket == place.socket && other.core == place.core) return i;
  }
  return core_count();
}

void PowerModel::add_thread(std::uint32_t cpu, const CpuPlace& place) {
  const std::uint32_t core = find_core(place);
  m_core_of[cpu] = core;
  if (core == m_cores.size()) {
    if (place.socket >= m_packages.size()) m_packages.resize(place.socket + 1);
    m_packages[place.socket].cores.push_back(core);
    m_cores.emplace_back();
    m_cores.back().package = place.socket;
  }
  m_cores[core].threads.push_back(cpu);
}

void PowerModel::enter(std::uint32_t cpu, const IdleRequest& request, Cycle now) {
  Thread& thread = m_threads[cpu];
  Core& core = m_cores[m_core_of[cpu]];
  thread.sleeps = true;
  thread.requested = request.state;
  thread.settled = request.state == CState::c0 ? now : now + m_config.states.entry(CState::c1);
  core.limit = request.package_limit;
  const CState state = shallowest_thread(core);
  if (state != CState::c0) sleep_core(core, state, now);
}

Cycle PowerModel::wake(std::uint32_t cpu, Cycle now) {
  Thread& thread = m_threads[cpu];
  Core& core = m_cores[m_core_of[cpu]];
  thread.sleeps = false;
  const bool lightly = thread.requested == CState::c0;
  thread.requested = CState::c0;
  if (core.state != CState::c0) return wake_core(core, now);
  if (lightly) return now;
  const Cycle own = std::max(now, thread.settled) + m_config.states.exit(CState::c1);
  return std::max(own, core.ready);
}

CState PowerModel::thread_state(std::uint32_t cpu) const {
  return m_threads[cpu].sleeps ? m_threads[cpu].requested : CState::c0;
}

CState PowerModel::shallowest_thread(const Core& core) const {
  CState state = CState::c7;
  for (const std::uint32_t cpu : core.threads) state = std::min(state, thread_state(cpu));
  return state;
}

void PowerModel::sleep_core(Core& core, CState state, Cycle now) {
  core.state = state;
  core.settled = now + m_config.states.entry(state);
  ++core.entries[index(state)];
  if (!loses_core(state)) return;
  for (const std::uint32_t cpu : core.threads) m_listener.core_lost(cpu, state, core.settled);
  sleep_package(m_packages[core.package]);
}

Cycle PowerModel::wake_core(Core& core, Cycle now) {
  const CState state = core.state;
  core.ready = std::max(now, core.settled) + m_config.states.exit(state);
  core.ticks[index(state)] += ticks_between(core.settled, now);
  core.state = CState::c0;
  wake_package(m_packages[core.package], now);
  if (loses_core(state))
    for (const std::uint32_t cpu : core.threads) m_listener.core_back(cpu, core.ready);
  return core.ready;
}

void PowerModel::sleep_package(Package& package) {
  CState shallowest = CState::c7;
  PackageState limit = PackageState::pc7;
  Cycle settled = 0;
  for (const std::uint32_t i : package.cores) {
    shallowest = std::min(shallowest, m_cores[i].state);
    limit = std::min(limit, m_cores[i].limit);
    settled = std::max(settled, m_cores[i].settled);
  }
  package.state = std::min(package_state(shallowest), limit);
  package.settled = settled;
}

void PowerModel::wake_package(Package& package, Cycle now) {
  if (package.state == PackageState::pc0) return;
  package.ticks[index(package.state)] += ticks_between(package.settled, now);
  package.state = PackageState::pc0;
}

std::uint64_t PowerModel::ticks_between(Cycle from, Cycle to) const {
  return to <= from ? 0 : m_tsc.ticks(to) - m_tsc.ticks(from);
}

std::uint64_t PowerModel::core_residency(std::uint32_t cpu, CState state, Cycle now) const {
  const Core& core = m_cores[m_core_of[cpu]];
  const std::uint64_t running = core.state == state ? ticks_between(core.settled, now) : 0;
  return core.ticks[index(state)] + running;
}

std::uint64_t PowerModel::package_residency(std::uint32_t cpu, PackageState state,
                                            Cycle now) const {
  const Package& package = m_packages[m_cores[m_core_of[cpu]].package];
  const std::uint64_t running = package.state == state ? ticks_between(package.settled, now) : 0;
  return package.ticks[index(state)] + running;
}

}  // namespace apicsim
