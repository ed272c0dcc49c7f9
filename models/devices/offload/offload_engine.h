#pragma once

#include <array>
#include <cstdint>
#include <systemc>
#include <vector>

#include "models/devices/offload/offload_image.h"
#include "models/devices/offload/rv32_core.h"
#include "models/devices/pci/pci_endpoint.h"
#include "models/devices/spec/offload.h"

namespace apicsim {

/// A function with an RV32I processor that runs the firmware image which a driver has loaded into
/// it. The processor has 64 KiB of memory, a mailbox, a DMA engine and a timer; an exception of it
/// is an error of the device that the driver sees.
class OffloadEngine final : public PciEndpoint, private Rv32Bus {
 public:
  struct Config {
    Cycle instruction_time = 1;  ///< at least 1
  };

  struct Statistics {
    std::uint64_t images = 0;          ///< verified
    std::uint64_t refused_images = 0;  ///< for any reason
    std::uint64_t requests = 0;        ///< handed to the processor
    std::uint64_t lost_requests = 0;   ///< mailbox full, or nothing runs
    std::uint64_t replies = 0;
    std::uint64_t instructions = 0;
    std::uint64_t traps = 0;
  };

  SC_HAS_PROCESS(OffloadEngine);

  RegisterPort<OffloadEngine> registers;  ///< BAR 0
  MsixPort msix;                          ///< BAR 1

  OffloadEngine(const sc_core::sc_module_name& name, const Timebase& timebase,
                const PciAddress& address, const PciIdentity& identity, const Config& config,
                const PciWiring& wiring);

  const Statistics& statistics() const { return m_statistics; }

 private:
  std::uint64_t read(std::uint64_t offset, unsigned size, Cycle now);
  void write(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek(std::uint64_t offset, unsigned size, Cycle now) const;
  void config_written(unsigned offset, unsigned size, Cycle now) override;
  void reset_device(Cycle now) override;

  // registers
  std::uint32_t dword(std::uint64_t offset) const;
  void write_dword(std::uint64_t offset, std::uint32_t value, Cycle now);
  void command(std::uint32_t value, Cycle now);
  void ring(std::uint32_t tag, Cycle now);
  void raise(std::uint32_t causes, Cycle now);
  void show_interrupts(Cycle now);

  // firmware image
  void load_step();
  void read_image();
  void finish_loading(Cycle now);

  // processor
  void run();
  void wake(Cycle at);
  void trap(const Rv32Core::Exception& exception, Cycle now);
  std::optional<std::uint32_t> fetch(std::uint32_t address) override;
  std::optional<std::uint32_t> load(std::uint32_t address, unsigned size) override;
  bool store(std::uint32_t address, unsigned size, std::uint32_t value) override;
  bool reaches_peripherals(std::uint32_t address, unsigned size);
  std::uint32_t load_peripheral(std::uint32_t offset) const;
  void store_peripheral(std::uint32_t offset, std::uint32_t value);
  std::uint32_t memory_word(std::uint32_t address, unsigned size) const;
  void start_dma(std::uint32_t direction);
  void fall_asleep();
  std::uint64_t nanoseconds() const;

  Config m_config;
  Statistics m_statistics;
  Rv32Core m_core;
  std::vector<std::uint8_t> m_memory;
  sc_core::sc_event m_load_event;
  sc_core::sc_event m_run_event;

  offload::State m_state = offload::State::empty;
  offload::Error m_error = offload::Error::none;
  Rv32Core::Exception m_trap{};
  OffloadImage m_image;
  std::uint64_t m_image_address = 0;
  std::uint32_t m_image_length = 0;
  bool m_image_read = false;
  std::uint64_t m_request_address = 0;
  std::uint32_t m_interrupt_status = 0, m_interrupt_enable = 0, m_told = 0;
  std::uint32_t m_reply = 0, m_replies = 0;
  std::uint64_t m_instructions = 0;

  // what the processor sees
  Cycle m_time = 0;          ///< of the instruction that is executed
  Cycle m_event_time = 0;    ///< of the SystemC event in which it is
  bool m_too_early = false;  ///< it wants to touch what others see, whose time has not come
  bool m_asleep = false;
  bool m_mailbox_full = false;
  std::uint64_t m_taken_address = 0;
  std::uint32_t m_tag = 0;
  std::uint64_t m_dma_host = 0;
  std::uint32_t m_dma_local = 0, m_dma_length = 0;
  Cycle m_dma_end = 0;
  bool m_dma_refused = false;
  bool m_dma_ended = false;  ///< since the processor last slept
  Cycle m_alarm = never;
};

}  // namespace apicsim
