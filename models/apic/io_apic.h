#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <memory>
#include <systemc>
#include <vector>

#include "models/apic/spec/io_apic_registers.h"
#include "models/fabric/initiator.h"
#include "models/fabric/interrupt_line.h"
#include "models/fabric/interrupt_message.h"
#include "models/fabric/register_target.h"

namespace apicsim {

struct IoApicConfig {
  std::uint32_t id = 0;             ///< initial ID register, 0..15 (firmware has set it)
  std::uint32_t version = 0x20;     ///< 0x11, or 0x20 and later: with EOI register
  std::uint32_t pins = 24;          ///< 1..120
  std::uint32_t requester_id = 0;   ///< bus << 8 | device << 3 | function of its writes
  std::vector<bool> inverted_pins;  ///< wired so that an active line is low; missing ones are not
  /// From the end of a message's write to its acceptance; until then its delivery status says
  /// "send pending".
  Cycle delivery = 0;
};

/// What one I/O APIC did, in events.
struct IoApicCounters {
  std::uint64_t sent = 0;    ///< interrupt messages written
  std::uint64_t failed = 0;  ///< of those: answered with an error by the fabric or IOMMU
  std::uint64_t lost = 0;    ///< edges at masked pins
  std::uint64_t held = 0;    ///< level interrupts that wait for their EOI
  std::uint64_t eoi = 0;     ///< entries whose remote IRR was cleared by an EOI
};

/// An I/O APIC: turns the levels of its pins into interrupt writes, as its redirection table says.
///
/// A message leaves as soon as its pin becomes active; its entry's delivery status reads "send
/// pending" until it has been accepted (82093AA §3.2.4, bit 12). Edges that come while the entry
/// is masked are lost (bit 16).
class IoApic final : public RegisterTarget, public EoiTarget {
 public:
  /// Interrupt writes to 0xFEExxxxx, 4 bytes, on the way to the IOMMU or the interrupt fabric.
  tlm_utils::simple_initiator_socket<IoApic> messages;

  /// Throws std::invalid_argument for a configuration out of range.
  IoApic(const sc_core::sc_module_name& name, const IoApicConfig& config, const Timebase& timebase);
  ~IoApic() override;

  /// The wire to a pin; throws std::out_of_range for a pin that does not exist.
  InterruptLine& pin(std::uint32_t number);
  std::uint32_t pins() const { return m_config.pins; }

  /// Drives a pin electrically high or low at cycle `at`; false if there is no such pin.
  bool drive(std::uint32_t pin, bool high, Cycle at);

  void eoi(std::uint8_t vector, Cycle at) override;

  /// Without the delivery status, which depends on the cycle.
  std::uint64_t redirection_entry(std::uint32_t pin) const { return m_pins.at(pin).entry; }
  const IoApicCounters& counters() const { return m_counters; }

 private:
  struct Pin {
    std::uint64_t entry = 0;
    bool high = false;
    Cycle accepted_at = 0;  ///< of its last message
  };
  class Wire;

  std::uint64_t read_register(std::uint64_t offset, unsigned size, Cycle now) override;
  void write_register(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) override;
  std::uint64_t peek_register(std::uint64_t offset, unsigned size, Cycle now) const override;

  std::uint32_t read_indexed(std::uint32_t index, Cycle now) const;
  void write_indexed(std::uint32_t index, std::uint32_t value, Cycle now);
  void write_entry(Pin& pin, std::uint64_t value, Cycle now);
  bool is_inverted(std::uint32_t pin) const;
  bool has_eoi_register() const { return m_generation == ioapic::Generation::with_eoi; }
  void service_level(Pin& pin, Cycle now);
  void service_edge(Pin& pin, Cycle now);
  void send(Pin& pin, Cycle now);

  const IoApicConfig m_config;
  const ioapic::Generation m_generation;
  std::uint32_t m_select = 0;
  std::uint32_t m_id = 0;
  std::vector<Pin> m_pins;
  std::vector<std::unique_ptr<Wire>> m_wires;
  IoApicCounters m_counters;
  Initiator m_initiator;
};

}  // namespace apicsim
