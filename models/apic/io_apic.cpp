#include "models/apic/io_apic.h"

#include <array>
#include <cstring>
#include <stdexcept>
#include <string>

#include "models/fabric/spec/msi.h"

namespace apicsim {

using namespace ioapic;

namespace {

bool is_active(std::uint64_t entry, bool high) { return high != ((entry & rte::active_low) != 0); }

bool is_masked(std::uint64_t entry) { return (entry & rte::mask) != 0; }

DeliveryMode mode_of(std::uint64_t entry) {
  return static_cast<DeliveryMode>(entry >> rte::delivery_mode_shift & 7);
}

/// 82093AA §3.2.4: only fixed and lowest-priority entries can be level triggered.
bool is_level(std::uint64_t entry) {
  const DeliveryMode mode = mode_of(entry);
  return (entry & rte::level) != 0 &&
         (mode == DeliveryMode::fixed || mode == DeliveryMode::lowest_priority);
}

/// The address takes over entry bits 63:48 and 11 as they are: in remappable format they are the
/// interrupt index (VT-d §5.1.5.1), else destination and destination mode.
std::uint64_t message_address(std::uint64_t entry) {
  std::uint64_t address = msi::window_base | (entry >> rte::destination_shift) << 4;
  if (mode_of(entry) == DeliveryMode::lowest_priority) address |= msi::redirection_hint;
  if ((entry & rte::logical) != 0) address |= msi::logical;
  return address;
}

std::uint32_t message_data(std::uint64_t entry) {
  auto data = static_cast<std::uint32_t>(entry & (rte::vector | 7u << rte::delivery_mode_shift));
  data |= msi::assert_level;
  if (is_level(entry)) data |= msi::level_triggered;
  return data;
}

/// Lends an extension to a payload, which would otherwise own it, also when the target throws.
class LentExtension {
 public:
  LentExtension(tlm::tlm_generic_payload& payload, Initiator& initiator) : m_payload(payload) {
    payload.set_extension(&initiator);
  }
  LentExtension(const LentExtension&) = delete;
  LentExtension& operator=(const LentExtension&) = delete;
  ~LentExtension() { m_payload.clear_extension<Initiator>(); }

 private:
  tlm::tlm_generic_payload& m_payload;
};

void check(const IoApicConfig& config) {
  if (config.pins < 1 || config.pins > max_pins)
    throw std::invalid_argument("an I/O APIC has 1 to " + std::to_string(max_pins) + " pins, not " +
                                std::to_string(config.pins));
  if (config.id > 15)
    throw std::invalid_argument("the id of an I/O APIC is 0 to 15, not " +
                                std::to_string(config.id));
  if (config.version > 0xFF)
    throw std::invalid_argument("the version of an I/O APIC is 0 to 0xFF, not " +
                                std::to_string(config.version));
}

}  // namespace

class IoApic::Wire final : public InterruptLine {
 public:
  Wire(IoApic& owner, std::uint32_t pin) : m_owner(owner), m_pin(pin) {}
  void set(bool active, Cycle at) override {
    m_owner.drive(m_pin, active != m_owner.is_inverted(m_pin), at);
  }

 private:
  IoApic& m_owner;
  std::uint32_t m_pin;
};

IoApic::IoApic(const sc_core::sc_module_name& name, const IoApicConfig& config,
               const Timebase& timebase)
    : RegisterTarget(name, timebase),
      messages("messages"),
      m_config(config),
      m_generation(generation_of(config.version)),
      m_initiator(Initiator::Kind::device, config.requester_id) {
  check(config);
  m_id = config.id << id_shift;
  for (std::uint32_t number = 0; number < config.pins; ++number) {
    m_pins.push_back({rte::reset, is_inverted(number), 0});
    m_wires.push_back(std::make_unique<Wire>(*this, number));
  }
}

IoApic::~IoApic() = default;

InterruptLine& IoApic::pin(std::uint32_t number) { return *m_wires.at(number); }

bool IoApic::is_inverted(std::uint32_t pin) const {
  return pin < m_config.inverted_pins.size() && m_config.inverted_pins[pin];
}

bool IoApic::drive(std::uint32_t number, bool high, Cycle at) {
  if (number >= m_pins.size()) return false;
  Pin& pin = m_pins[number];
  if (pin.high == high) return true;
  pin.high = high;
  if (!is_active(pin.entry, high)) return true;
  if (is_level(pin.entry))
    service_level(pin, at);
  else
    service_edge(pin, at);
  return true;
}

void IoApic::service_edge(Pin& pin, Cycle now) {
  if (is_masked(pin.entry))
    ++m_counters.lost;
  else
    send(pin, now);
}

// Remote IRR is set from the acceptance of the message to its EOI and holds back repetitions.
void IoApic::service_level(Pin& pin, Cycle now) {
  if (is_masked(pin.entry) || !is_level(pin.entry) || !is_active(pin.entry, pin.high)) return;
  if ((pin.entry & rte::remote_irr) != 0) {
    ++m_counters.held;
    return;
  }
  pin.entry |= rte::remote_irr;
  send(pin, now);
}

void IoApic::eoi(std::uint8_t vector, Cycle at) {
  for (Pin& pin : m_pins) {
    if ((pin.entry & rte::remote_irr) == 0 || (pin.entry & rte::vector) != vector) continue;
    pin.entry &= ~rte::remote_irr;
    ++m_counters.eoi;
    service_level(pin, at);
  }
}

void IoApic::send(Pin& pin, Cycle now) {
  const std::uint32_t data = message_data(pin.entry);
  std::array<unsigned char, msi::size> bytes{};
  std::memcpy(bytes.data(), &data, bytes.size());

  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_WRITE_COMMAND);
  payload.set_address(message_address(pin.entry));
  payload.set_data_ptr(bytes.data());
  payload.set_data_length(msi::size);
  payload.set_streaming_width(msi::size);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  const LentExtension lent(payload, m_initiator);

  const sc_core::sc_time start = timebase().to_sc_time(now);
  const sc_core::sc_time present = sc_core::sc_time_stamp();
  sc_core::sc_time delay = start > present ? start - present : sc_core::SC_ZERO_TIME;
  ++m_counters.sent;
  messages->b_transport(payload, delay);
  pin.accepted_at = timebase().now(delay) + m_config.delivery;
  if (payload.is_response_error()) ++m_counters.failed;
}

}  // namespace apicsim
