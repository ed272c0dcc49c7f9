#pragma once

#include <cstdint>
#include <string>
#include <systemc>
#include <vector>

#include "models/fabric/dma_port.h"
#include "models/fabric/register_target.h"
#include "models/iommu/interrupt_entry_cache.h"
#include "models/iommu/remap_interrupt.h"
#include "models/iommu/spec/capabilities.h"
#include "models/iommu/spec/registers.h"

namespace apicsim {

/// A VT-d remapping unit: register file, invalidation queue, interrupt remapping and its faults, in
/// the state in which firmware hands it over, with everything switched off.
///
/// DMA remapping is not modelled: switching it on (and advanced fault logging, protected memory)
/// throws Unmodelled, or under `report_unmodelled` leaves the status bit clear and is counted.
/// Commands that concern its caches complete, as nothing is cached.
class VtdUnit final : public RegisterTarget {
 public:
  struct Config {
    std::uint8_t version = 0x10;  ///< VER_REG: major << 4 | minor
    vtd::Capability capability;
    vtd::ExtendedCapability extended;
    bool report_unmodelled = false;
    std::uint32_t requester_id = 0;     ///< of the unit's own reads and writes
    std::uint32_t cached_entries = 64;  ///< of the interrupt-remapping table
    Cycle remap_hit = 0;                ///< interrupt request with its entry cached
    Cycle remap_miss = 0;               ///< with the entry read from memory
    Cycle invalidation = 0;             ///< per descriptor of the queue
  };

  /// In events.
  struct Statistics {
    std::uint64_t remapped = 0;     ///< interrupt requests passed on by a table entry
    std::uint64_t compatible = 0;   ///< passed on as they were
    std::uint64_t blocked = 0;      ///< faulted
    std::uint64_t entry_hits = 0;   ///< entries found in the cache
    std::uint64_t entry_reads = 0;  ///< entries read from memory
    std::uint64_t descriptors = 0;  ///< taken from the invalidation queue
    std::uint64_t lost_faults = 0;  ///< no record was free
  };

  SC_HAS_PROCESS(VtdUnit);

  /// The unit's way to memory, which nothing remaps: tables, queue and status writes.
  DmaPort dma;

  /// Throws std::invalid_argument when the fault records or the IOTLB registers, which the
  /// capabilities place, overlap other registers or each other. `interrupts` takes what the unit
  /// lets through and its own events.
  VtdUnit(const sc_core::sc_module_name& name, const Timebase& timebase, const Config& config,
          InterruptSink& interrupts);

  /// Size in bytes of the register block, a multiple of 4 KiB.
  std::uint64_t size() const { return m_size; }
  std::uint64_t unmodelled_requests() const { return m_unmodelled_requests; }
  const Statistics& statistics() const { return m_statistics; }

  /// A device's interrupt request at cycle `now`: delivered or blocked. False if it is none of the
  /// unit's business and goes on as it is.
  bool interrupt(const InterruptRequest& request, Cycle now);

 private:
  struct State {
    vtd::Register spec;
    std::string name;
    std::uint64_t value;
  };
  /// What SIRTP took over from IRTA_REG.
  struct InterruptTable {
    std::uint64_t base = 0;
    std::uint32_t entries = 0;
    bool extended = false;
  };

  std::uint64_t read_register(std::uint64_t offset, unsigned size, Cycle now) override;
  void write_register(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) override;
  std::uint64_t peek_register(std::uint64_t offset, unsigned size, Cycle now) const override;

  void add(const vtd::Register& spec, const std::string& name, std::uint64_t value);
  void add_placed_registers();
  const State* find(std::uint64_t offset) const;
  State& at(std::uint32_t offset);
  std::uint64_t value_of(std::uint32_t offset) const;
  std::uint32_t low_of(std::uint32_t offset) const;
  std::uint8_t byte_at(std::uint64_t offset) const;
  void write_dword(std::uint64_t offset, std::uint32_t value, Cycle now);
  void after_write(std::uint64_t offset, Cycle now);
  void unmodelled(const char* what, const char* where);

  void command(std::uint32_t value, Cycle now);
  void refuse_unmodelled(std::uint32_t wanted);
  bool status(std::uint32_t bit) const;
  void set_status(std::uint32_t bit, bool on);
  void latch_interrupt_table();
  void complete_context_command();
  void complete_iotlb_command();

  RemappingRules rules() const;
  bool table_entry(std::uint16_t index, InterruptTableEntry& entry, Cycle& now);
  void block(const InterruptBlock& why, std::uint16_t source, Cycle now);

  void set_queue(bool on, Cycle now);
  void start_queue(Cycle now);
  void queue_due();
  bool queue_waits() const;
  void take_descriptor(Cycle now);
  bool execute(std::uint64_t low, std::uint64_t high, Cycle now);
  void invalidate_entries(std::uint64_t low);
  void finish_wait(std::uint64_t low, std::uint64_t high, Cycle now);
  void queue_error(Cycle now);

  void record_fault(const InterruptBlock& why, std::uint16_t source, Cycle now);
  std::uint32_t record_offset(unsigned index) const;
  void update_pending();
  void raise_fault_status(std::uint32_t bits, Cycle now);
  void send_event(std::uint32_t control, Cycle now);
  void send_held_event(std::uint32_t control, Cycle now);
  void send_message(std::uint32_t control, Cycle now);

  Config m_config;
  InterruptSink& m_interrupts;
  std::uint32_t m_iotlb;  ///< offset of IOTLB_REG
  std::uint64_t m_size = 0;
  std::vector<State> m_registers;  ///< ascending by offset
  InterruptTable m_table;
  InterruptEntryCache m_entries;
  unsigned m_next_record = 0;
  bool m_queue_busy = false;
  Cycle m_queue_due = never;
  sc_core::sc_event m_queue_event;
  Statistics m_statistics;
  std::uint64_t m_unmodelled_requests = 0;
};

}  // namespace apicsim
