#include "models/devices/offload/offload_engine.h"

#include <algorithm>

#include "models/devices/register_bytes.h"
#include "models/fabric/notify_at.h"

namespace apicsim {

using offload::Error;
using offload::State;

namespace {

constexpr std::uint64_t all_ones = ~std::uint64_t{0};

EndpointInterrupts interrupts() {
  EndpointInterrupts interrupts;
  interrupts.msix = msix_in_own_bar(offload::msix_bar, offload::bar_size, offload::vectors);
  return interrupts;
}

}  // namespace

OffloadEngine::OffloadEngine(const sc_core::sc_module_name& name, const Timebase& timebase,
                             const PciAddress& address, const PciIdentity& identity,
                             const Config& config, const PciWiring& wiring)
    : PciEndpoint(name, timebase, address, identity, interrupts(), wiring),
      registers("registers", timebase, *this,
                {&OffloadEngine::read, &OffloadEngine::write, &OffloadEngine::peek}),
      msix("msix", timebase, *this, msix_handlers()),
      m_config(config),
      m_core(*this),
      m_memory(offload::memory_size) {
  declare_bar(offload::register_bar, BarKind::memory32, offload::bar_size);
  declare_bar(offload::msix_bar, BarKind::memory32, offload::bar_size);
  SC_METHOD(load_step);
  sensitive << m_load_event;
  dont_initialize();
  SC_METHOD(run);
  sensitive << m_run_event;
  dont_initialize();
}

void OffloadEngine::reset_device(Cycle now) {
  m_load_event.cancel();
  m_run_event.cancel();
  m_state = State::empty;
  m_error = Error::none;
  m_trap = Rv32Core::Exception{rv32i::Trap::instruction_misaligned, 0, 0};
  m_image = OffloadImage{};
  m_image_address = m_request_address = m_instructions = 0;
  m_image_length = 0;
  m_interrupt_status = m_interrupt_enable = m_told = 0;
  m_reply = m_replies = 0;
  m_mailbox_full = m_asleep = m_dma_refused = m_dma_ended = m_image_read = false;
  m_dma_end = 0;
  m_alarm = never;
  std::fill(m_memory.begin(), m_memory.end(), std::uint8_t{0});
  show_interrupts(now);
}

void OffloadEngine::config_written(unsigned offset, unsigned size, Cycle now) {
  PciEndpoint::config_written(offset, size, now);
  show_interrupts(now);
}

// --- registers -----------------------------------------------------------------------------------

std::uint32_t OffloadEngine::dword(std::uint64_t offset) const {
  const auto half = [&](std::uint64_t value) {
    return static_cast<std::uint32_t>(value >> (8 * (offset & 4)));
  };
  switch (offset) {
    case offload::identification:
      return offload::identification_value;
    case offload::state:
      return static_cast<std::uint32_t>(m_state);
    case offload::error:
      return static_cast<std::uint32_t>(m_error);
    case offload::trap_cause:
      return static_cast<std::uint32_t>(m_trap.cause);
    case offload::trap_pc:
      return m_trap.pc;
    case offload::trap_value:
      return m_trap.value;
    case offload::image_version:
      return m_image.version;
    case offload::image_address:
    case offload::image_address + 4:
      return half(m_image_address);
    case offload::image_length:
      return m_image_length;
    case offload::request_address:
    case offload::request_address + 4:
      return half(m_request_address);
    case offload::mailbox:
      return m_mailbox_full ? 1 : 0;
    case offload::reply:
      return m_reply;
    case offload::replies:
      return m_replies;
    case offload::interrupt_status:
      return m_interrupt_status;
    case offload::interrupt_enable:
      return m_interrupt_enable;
    case offload::instructions:
    case offload::instructions + 4:
      return half(m_instructions);
    default:
      return 0;
  }
}

std::uint64_t OffloadEngine::peek(std::uint64_t offset, unsigned size, Cycle) const {
  if ((size != 4 && size != 8) || offset % size != 0) return all_ones;
  const std::uint64_t low = dword(offset);
  return size == 8 ? low | std::uint64_t{dword(offset + 4)} << 32 : low;
}

std::uint64_t OffloadEngine::read(std::uint64_t offset, unsigned size, Cycle now) {
  return peek(offset, size, now);
}

void OffloadEngine::write(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  if ((size != 4 && size != 8) || offset % size != 0) return;
  write_dword(offset, static_cast<std::uint32_t>(value), now);
  if (size == 8) write_dword(offset + 4, static_cast<std::uint32_t>(value >> 32), now);
}

void OffloadEngine::write_dword(std::uint64_t offset, std::uint32_t value, Cycle now) {
  switch (offset) {
    case offload::image_address:
    case offload::image_address + 4:
      m_image_address = merged(m_image_address, offset & 4, 4, value);
      return;
    case offload::image_length:
      m_image_length = value;
      return;
    case offload::command:
      return command(value, now);
    case offload::request_address:
    case offload::request_address + 4:
      m_request_address = merged(m_request_address, offset & 4, 4, value);
      return;
    case offload::doorbell:
      return ring(value, now);
    case offload::interrupt_status:
      m_interrupt_status &= ~value;
      return show_interrupts(now);
    case offload::interrupt_enable:
      m_interrupt_enable =
          value & (offload::interrupt_image | offload::interrupt_reply | offload::interrupt_trap);
      return show_interrupts(now);
    default:
      return;
  }
}

void OffloadEngine::command(std::uint32_t value, Cycle now) {
  if (value == offload::command_reset) {
    reset_device(now);
  } else if (value == offload::command_load && m_state != State::loading &&
             m_state != State::running) {
    m_state = State::loading;
    m_error = Error::none;
    m_image_read = false;
    notify_at(timebase(), m_load_event, now);
  } else if (value == offload::command_start && m_state == State::verified) {
    m_state = State::running;
    m_mailbox_full = m_asleep = m_dma_refused = m_dma_ended = false;
    m_alarm = never;
    m_core.reset(m_image.entry);
    notify_at(timebase(), m_run_event, now);
  }
}

void OffloadEngine::ring(std::uint32_t tag, Cycle now) {
  if (m_state != State::running || m_mailbox_full) {
    ++m_statistics.lost_requests;
    return;
  }
  ++m_statistics.requests;
  m_mailbox_full = true;
  m_taken_address = m_request_address;
  m_tag = tag;
  if (m_asleep) wake(now);
}

void OffloadEngine::raise(std::uint32_t causes, Cycle now) {
  m_interrupt_status |= causes;
  show_interrupts(now);
}

/// A message for each cause that becomes visible; the pin as long as one is.
void OffloadEngine::show_interrupts(Cycle now) {
  const std::uint32_t visible = m_interrupt_status & m_interrupt_enable;
  m_told &= visible;
  const std::uint32_t untold = visible & ~m_told;
  m_told = visible;
  drive_pin(visible != 0, now);
  if (untold == 0 || !message_signaled()) return;
  const bool error_only = untold == offload::interrupt_trap;
  if (!error_only) signal(offload::work_vector, now);
  if ((untold & offload::interrupt_trap) != 0) signal(offload::error_vector, now);
}

// --- firmware image ------------------------------------------------------------------------------

void OffloadEngine::load_step() {
  if (m_state != State::loading) return;
  if (m_image_read)
    finish_loading(timebase().now());
  else
    read_image();
}

/// The boot ROM fetches the image as a whole; the verdict comes when its last byte is there.
void OffloadEngine::read_image() {
  Cycle at = timebase().now();
  m_image = OffloadImage{};
  if (m_image_length < offload::header_size || m_image_length > offload::memory_size) {
    m_image.error = Error::bad_size;
  } else {
    std::vector<std::uint8_t> file(m_image_length);
    if (read_memory(m_image_address, file.data(), m_image_length, at))
      m_image = parse_offload_image(file);
    else
      m_image.error = Error::not_readable;
  }
  m_image_read = true;
  notify_at(timebase(), m_load_event, at);
}

void OffloadEngine::finish_loading(Cycle now) {
  m_error = m_image.error;
  m_state = m_error == Error::none ? State::verified : State::failed;
  ++(m_error == Error::none ? m_statistics.images : m_statistics.refused_images);
  std::fill(m_memory.begin(), m_memory.end(), std::uint8_t{0});
  std::copy(m_image.code.begin(), m_image.code.end(), m_memory.begin() + m_image.load_address);
  raise(offload::interrupt_image, now);
}

}  // namespace apicsim
