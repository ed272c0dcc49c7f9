#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <systemc>
#include <vector>

#include "models/devices/nvme/block_store.h"
#include "models/devices/nvme/nvme_command.h"
#include "models/devices/pci/pci_endpoint.h"
#include "models/devices/spec/nvme.h"

namespace apicsim {

/// An NVM Express 1.4 controller with one namespace; docs/devices.md says which commands it has.
/// Commands are executed one after the other, round robin over the submission queues.
///
/// A command that cannot be fetched sets Controller Fatal Status (§9.5) until the controller is
/// disabled; data that the bus refuses ends its command with Data Transfer Error.
class NvmeController final : public PciEndpoint {
 public:
  struct Config {
    std::vector<std::uint8_t> image;       ///< first bytes of the namespace
    std::uint64_t size = 0;                ///< bytes, a multiple of 512
    Cycle command_time = 0;                ///< doorbell or previous command to the next's end
    std::optional<std::uint32_t> data_id;  ///< requester id under which data is moved
  };

  struct Statistics {
    std::uint64_t commands = 0;
    std::uint64_t failed = 0;  ///< completed with another status than success
    std::uint64_t fatal = 0;   ///< times that CSTS.CFS was set
    std::uint64_t invalid_doorbells = 0;
  };

  SC_HAS_PROCESS(NvmeController);

  RegisterPort<NvmeController> registers;  ///< BAR 0
  DmaPort data;  ///< data of reads and writes; `dma` has queues, lists and messages

  NvmeController(const sc_core::sc_module_name& name, const Timebase& timebase,
                 const PciAddress& address, const PciIdentity& identity, const Config& config,
                 const PciWiring& wiring);

  const Statistics& statistics() const { return m_statistics; }

 private:
  using Status = nvme::Status;

  struct SubmissionQueue {
    std::uint64_t base = 0;
    std::uint32_t size = 0;  ///< entries; 0: there is no such queue
    std::uint32_t head = 0, tail = 0;
    unsigned completion_queue = 0;
  };
  struct CompletionQueue {
    std::uint64_t base = 0;
    std::uint32_t size = 0;
    std::uint32_t head = 0, tail = 0;
    bool phase = true;
    bool interrupts = false;
    unsigned vector = 0;
    bool full() const { return (tail + 1) % size == head; }
  };
  struct Segment {
    std::uint64_t address;
    std::uint32_t length;
  };
  /// What a command ends with.
  struct Outcome {
    Status status = Status::success;
    std::uint32_t result = 0;
    bool held = false;  ///< completes later
  };

  std::uint64_t read(std::uint64_t offset, unsigned size, Cycle now);
  void write(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek(std::uint64_t offset, unsigned size, Cycle now) const;
  void config_written(unsigned offset, unsigned size, Cycle now) override;
  void reset_device(Cycle now) override;

  // registers
  std::uint64_t quad(std::uint64_t offset) const;
  void write_dword(std::uint64_t offset, std::uint32_t value, Cycle now);
  void write_control(std::uint32_t value, Cycle now);
  void enable(Cycle now);
  void disable(Cycle now);
  void ring(unsigned doorbell, std::uint32_t value, Cycle now);
  void report_event(std::uint32_t event, Cycle now);
  void fail();

  // queues
  void start(Cycle now);
  void process();
  std::optional<unsigned> next_queue();
  bool execute_from(unsigned number, Cycle& at);
  void complete(unsigned number, std::uint16_t command_id, const Outcome& outcome, Cycle& at);
  void show_interrupts(Cycle now);

  // commands
  Outcome execute_admin(const NvmeCommand& command, Cycle& at);
  Outcome create_completion_queue(const NvmeCommand& command);
  Outcome create_submission_queue(const NvmeCommand& command);
  Outcome delete_completion_queue(const NvmeCommand& command);
  Outcome delete_submission_queue(const NvmeCommand& command);
  Outcome identify(const NvmeCommand& command, Cycle& at);
  Outcome log_page(const NvmeCommand& command, Cycle& at);
  Outcome set_feature(const NvmeCommand& command);
  Outcome get_feature(const NvmeCommand& command) const;
  Outcome request_event(const NvmeCommand& command);
  Outcome execute_io(const NvmeCommand& command, Cycle& at);
  Outcome move_blocks(const NvmeCommand& command, Cycle& at);
  std::vector<std::uint8_t> describe_controller() const;
  std::vector<std::uint8_t> describe_namespace() const;
  Outcome answer(const NvmeCommand& command, std::vector<std::uint8_t>& bytes, Cycle& at);

  // data
  std::uint64_t page_size() const;
  Status segments(const NvmeCommand& command, std::uint64_t length, std::vector<Segment>& found,
                  Cycle& at);
  Status transfer(const NvmeCommand& command, std::vector<std::uint8_t>& bytes, bool to_memory,
                  Cycle& at);

  Config m_config;
  BlockStore m_store;
  Statistics m_statistics;
  sc_core::sc_event m_event;
  bool m_busy = false;
  std::uint32_t m_control = 0, m_status = 0, m_masked = 0, m_admin_sizes = 0;
  std::uint64_t m_admin_submission = 0, m_admin_completion = 0;
  std::array<SubmissionQueue, nvme::queues> m_submission{};
  std::array<CompletionQueue, nvme::queues> m_completion{};
  std::array<std::uint32_t, nvme::features> m_features{};
  std::deque<std::uint16_t> m_event_requests;  ///< command ids of held requests
  unsigned m_last_served = 0;
};

}  // namespace apicsim
