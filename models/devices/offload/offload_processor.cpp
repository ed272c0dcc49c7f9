// The engine's processor: its memory, its peripherals, its pace.
#include <algorithm>

#include "models/devices/offload/offload_engine.h"
#include "models/fabric/notify_at.h"

namespace apicsim {

using offload::State;

namespace {

constexpr unsigned instructions_at_once = 256;
constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;

}  // namespace

/// Instructions that only the processor itself can notice are executed many at a time. One that
/// touches a peripheral waits for an event at its own cycle.
void OffloadEngine::run() {
  if (m_state != State::running) return;
  m_asleep = false;
  m_time = m_event_time = timebase().now();
  for (unsigned i = 0; i < instructions_at_once; ++i) {
    m_too_early = false;
    const auto exception = m_core.step();
    if (m_too_early) break;
    if (exception) return trap(*exception, m_time);
    ++m_instructions;
    ++m_statistics.instructions;
    m_time += m_config.instruction_time;
    if (m_asleep) return;
  }
  notify_at(timebase(), m_run_event, m_time);
}

void OffloadEngine::trap(const Rv32Core::Exception& exception, Cycle now) {
  ++m_statistics.traps;
  m_state = State::failed;
  m_error = offload::Error::trap;
  m_trap = exception;
  raise(offload::interrupt_trap, now);
}

void OffloadEngine::wake(Cycle at) { notify_at(timebase(), m_run_event, at); }

// --- what the processor sees ---------------------------------------------------------------------

std::uint32_t OffloadEngine::memory_word(std::uint32_t address, unsigned size) const {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < size; ++i)
    value |= static_cast<std::uint32_t>(m_memory[address + i]) << (8 * i);
  return value;
}

std::optional<std::uint32_t> OffloadEngine::fetch(std::uint32_t address) {
  if (address > offload::memory_size - 4) return std::nullopt;
  return memory_word(address, 4);
}

/// Peripherals are words. Sets `m_too_early` where the access has to wait.
bool OffloadEngine::reaches_peripherals(std::uint32_t address, unsigned size) {
  const std::uint32_t offset = address - offload::peripherals;
  if (address < offload::peripherals || offset >= offload::peripherals_size || size != 4)
    return false;
  m_too_early = m_time != m_event_time;
  return !m_too_early;
}

std::optional<std::uint32_t> OffloadEngine::load(std::uint32_t address, unsigned size) {
  if (address < offload::memory_size) return memory_word(address, size);
  if (!reaches_peripherals(address, size)) return std::nullopt;
  return load_peripheral(address - offload::peripherals);
}

bool OffloadEngine::store(std::uint32_t address, unsigned size, std::uint32_t value) {
  if (address < offload::memory_size) {
    for (unsigned i = 0; i < size; ++i)
      m_memory[address + i] = static_cast<std::uint8_t>(value >> (8 * i));
    return true;
  }
  if (!reaches_peripherals(address, size)) return false;
  store_peripheral(address - offload::peripherals, value);
  return true;
}

std::uint64_t OffloadEngine::nanoseconds() const {
  const std::uint64_t hz = timebase().hz();
  return m_time / hz * nanoseconds_per_second + m_time % hz * nanoseconds_per_second / hz;
}

std::uint32_t OffloadEngine::load_peripheral(std::uint32_t offset) const {
  switch (offset) {
    case offload::local_mailbox:
      return m_mailbox_full ? 1 : 0;
    case offload::local_request_low:
      return static_cast<std::uint32_t>(m_taken_address);
    case offload::local_request_high:
      return static_cast<std::uint32_t>(m_taken_address >> 32);
    case offload::local_request_tag:
      return m_tag;
    case offload::dma_host_low:
      return static_cast<std::uint32_t>(m_dma_host);
    case offload::dma_host_high:
      return static_cast<std::uint32_t>(m_dma_host >> 32);
    case offload::dma_local:
      return m_dma_local;
    case offload::dma_length:
      return m_dma_length;
    case offload::dma_status:
      return (m_time < m_dma_end ? offload::dma_busy : 0) |
             (m_dma_refused ? offload::dma_refused : 0);
    case offload::time_low:
      return static_cast<std::uint32_t>(nanoseconds());
    case offload::time_high:
      return static_cast<std::uint32_t>(nanoseconds() >> 32);
    default:
      return 0;
  }
}

void OffloadEngine::store_peripheral(std::uint32_t offset, std::uint32_t value) {
  switch (offset) {
    case offload::local_take:
      m_mailbox_full = false;
      return;
    case offload::local_reply:
      m_reply = value;
      ++m_replies;
      ++m_statistics.replies;
      return raise(offload::interrupt_reply, m_time);
    case offload::dma_host_low:
      m_dma_host = (m_dma_host & ~std::uint64_t{0xFFFFFFFF}) | value;
      return;
    case offload::dma_host_high:
      m_dma_host = (m_dma_host & 0xFFFFFFFF) | std::uint64_t{value} << 32;
      return;
    case offload::dma_local:
      m_dma_local = value;
      return;
    case offload::dma_length:
      m_dma_length = value;
      return;
    case offload::dma_command:
      return start_dma(value);
    case offload::alarm:
      m_alarm = m_time + std::uint64_t{value} * timebase().hz() / nanoseconds_per_second;
      return;
    case offload::sleep:
      return fall_asleep();
    default:
      return;
  }
}

/// The transfer takes place now; that it has ended shows when its last byte has passed.
void OffloadEngine::start_dma(std::uint32_t direction) {
  const bool known = direction == offload::dma_to_local || direction == offload::dma_to_host;
  if (!known || m_time < m_dma_end) return;
  const bool inside = m_dma_length != 0 && m_dma_local < offload::memory_size &&
                      m_dma_length <= offload::memory_size - m_dma_local;
  m_dma_end = m_time;
  m_dma_refused = true;
  m_dma_ended = true;
  if (!inside) return;
  std::uint8_t* const local = m_memory.data() + m_dma_local;
  if (direction == offload::dma_to_local) {
    m_dma_refused = !read_memory(m_dma_host, local, m_dma_length, m_dma_end);
  } else {
    // Posted: that the other end dropped it is never known.
    m_dma_refused = !bus_master_enabled();
    write_memory(m_dma_host, local, m_dma_length, m_dma_end);
  }
}

/// Until the first of what can wake it; at once where that is there already.
void OffloadEngine::fall_asleep() {
  Cycle until = m_alarm;
  if (m_mailbox_full) until = m_time;
  if (m_dma_ended) until = std::min(until, std::max(m_time, m_dma_end));
  if (m_dma_end <= until) m_dma_ended = false;
  if (m_alarm <= until) m_alarm = never;
  m_asleep = true;
  if (until != never) wake(std::max(until, m_time + m_config.instruction_time));
}

}  // namespace apicsim
