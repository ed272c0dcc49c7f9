#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <systemc>

#include "models/devices/nic/nic_causes.h"
#include "models/devices/nic/nic_filter.h"
#include "models/devices/nic/nic_register_file.h"
#include "models/devices/pci/pci_endpoint.h"

namespace apicsim {

/// Takes the frames of the other side of a wire.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  /// Called in a SystemC process; the frame arrives at `at`, not before SystemC's time.
  virtual void arrive(const Frame& frame, Cycle at) = 0;
};

/// Intel 82574L with one queue in each direction and legacy descriptors; docs/devices.md says what
/// of the data sheet it has. What it has not is reported by name.
///
/// A read of a descriptor that the bus refuses stops its unit until that is enabled anew or the
/// device is reset; a refused read of frame data ends the frame.
class Nic final : public PciEndpoint, public FrameSink {
 public:
  struct Config {
    std::array<std::uint8_t, 6> mac = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    Cycle frame_time = 0;  ///< doorbell or end of the frame before to a frame's end on the wire
  };

  struct Statistics {
    std::uint64_t sent = 0;
    std::uint64_t received = 0;          ///< stored in memory
    std::uint64_t filtered = 0;          ///< for other addresses
    std::uint64_t dropped = 0;           ///< receive unit off, buffer full, or damaged
    std::uint64_t null_descriptors = 0;  ///< receive descriptors without a buffer, written back
    std::uint64_t halts = 0;             ///< a descriptor could not be read
  };

  SC_HAS_PROCESS(Nic);

  RegisterPort<Nic> registers;  ///< BAR 0
  RegisterPort<Nic> ports;      ///< BAR 2: IOADDR, IODATA
  MsixPort msix;                ///< BAR 3

  Nic(const sc_core::sc_module_name& name, const Timebase& timebase, const PciAddress& address,
      const PciIdentity& identity, const Config& config, const PciWiring& wiring);

  /// What a controller of this kind is to software.
  static PciIdentity identity();

  /// The other end of the wire; not owned, nullptr: frames leave the machine.
  void connect(FrameSink* peer) { m_peer = peer; }
  void arrive(const Frame& frame, Cycle at) override;

  const Statistics& statistics() const { return m_statistics; }

 private:
  std::uint64_t read(std::uint64_t offset, unsigned size, Cycle now);
  void write(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek(std::uint64_t offset, unsigned size, Cycle now) const;
  std::uint64_t read_port(std::uint64_t offset, unsigned size, Cycle now);
  void write_port(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek_port(std::uint64_t offset, unsigned size, Cycle now) const;
  void config_written(unsigned offset, unsigned size, Cycle now) override;
  void reset_device(Cycle now) override;

  // registers
  std::uint32_t value_of(std::uint32_t offset) const;
  void write_register(const nic::Register& declared, std::uint32_t offset, std::uint32_t value,
                      Cycle now);
  bool write_interrupt_register(std::uint32_t offset, std::uint32_t value, Cycle now);
  void write_control(std::uint32_t value, std::uint32_t old, Cycle now);
  void read_nvm(std::uint32_t value);
  void access_phy(std::uint32_t value, Cycle now);
  void load_nvm();
  bool link_up() const;
  std::uint32_t status() const;
  bool masters() const;

  // transmission
  void start_transmission(Cycle now);
  void transmit_next();
  bool transmit_descriptor(Cycle& at);
  bool refuses(const std::uint8_t* descriptor, Cycle at);
  void gather(const std::uint8_t* descriptor, Cycle& at);
  void send(std::uint8_t command, Cycle at);
  void finish_descriptor(std::uint64_t address, std::uint8_t* descriptor, Cycle& at);

  // reception
  void start_reception();
  void receive_next();
  bool takes(const Frame& frame);
  bool store(const Frame& frame, Cycle& at);
  bool store_part(const Frame& frame, Cycle& at);
  void count_received(const Frame& frame, FrameKind kind);
  unsigned buffer_size() const;

  // interrupts
  void raise(std::uint32_t causes, Cycle now);
  void show_interrupt(Cycle now);
  void signal_vectors(Cycle now);
  void signal_message(Cycle now);
  void show_pin(Cycle now);
  void interrupt_due();
  void schedule_interrupt();
  Cycle nanoseconds(std::uint64_t count) const;

  /// A cause that is held back for a while (§7.4.3).
  struct DelayedCause {
    Cycle limit = never;  ///< it shows no later than this; never: it is not waiting
    Cycle due = never;
  };
  void delay(DelayedCause& waiting, std::uint32_t delay, std::uint32_t limit, Cycle now);

  /// One ring: where its four registers are.
  struct Ring {
    std::uint32_t base, length, head, tail;
  };
  static constexpr Ring transmit_ring{nic::tdbal, nic::tdlen, nic::tdh, nic::tdt};
  static constexpr Ring receive_ring{nic::rdbal, nic::rdlen, nic::rdh, nic::rdt};
  /// Descriptors between head and tail; 0 also where an index is outside of the ring.
  std::uint32_t available(const Ring& ring) const;
  std::uint64_t head_address(const Ring& ring) const;
  void advance(const Ring& ring);

  struct Arrival {
    Cycle at;
    Frame frame;
  };

  Config m_config;
  NicRegisterFile m_registers;
  NicCauses m_causes;
  FrameSink* m_peer = nullptr;
  Statistics m_statistics;
  std::array<std::uint16_t, nic::nvm_words> m_nvm{};
  std::array<std::uint16_t, nic::phy_registers> m_phy = nic::phy_reset;
  std::uint32_t m_port_address = 0;

  sc_core::sc_event m_transmit_event;
  sc_core::sc_event m_receive_event;
  sc_core::sc_event m_interrupt_event;
  bool m_transmitting = false;
  bool m_transmit_halted = false;
  bool m_receive_halted = false;
  Frame m_outgoing;               ///< parts gathered so far
  std::deque<Arrival> m_arrived;  ///< packet buffer: whole frames, in order of arrival
  std::size_t m_buffered = 0;     ///< bytes in it
  std::size_t m_stored = 0;       ///< bytes of the first one that are in memory already
  Cycle m_receiver_free = 0;      ///< end of the last frame's way to memory

  DelayedCause m_transmit_delay, m_receive_delay;
  std::array<Cycle, nic::msix_vectors> m_next_message{};  ///< not before
  Cycle m_next_interrupt = 0;                             ///< the same of MSI and INTA
  std::uint32_t m_held_vectors = 0;                       ///< waiting for that
  bool m_held_message = false;
  bool m_pin = false;  ///< INTA is asserted as far as the controller is concerned
};

}  // namespace apicsim
