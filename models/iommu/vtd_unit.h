#pragma once

#include <cstdint>
#include <optional>
#include <systemc>
#include <vector>

#include "models/fabric/address_translation_agent.h"
#include "models/fabric/dma_port.h"
#include "models/fabric/register_target.h"
#include "models/iommu/deferred_commands.h"
#include "models/iommu/dma_remapping.h"
#include "models/iommu/fault_log.h"
#include "models/iommu/interrupt_entry_cache.h"
#include "models/iommu/invalidation_queue.h"
#include "models/iommu/page_request_queue.h"
#include "models/iommu/remap_interrupt.h"
#include "models/iommu/spec/capabilities.h"
#include "models/iommu/unit_memory.h"
#include "models/iommu/vtd_events.h"
#include "models/iommu/vtd_registers.h"

namespace apicsim {

/// A VT-d remapping unit: register file and commands, DMA and interrupt remapping, invalidation
/// queue, page request queue and faults, in the state in which firmware hands it over, with
/// everything switched off.
///
/// Advanced fault logging, the extended root table of revision 2.x, and the registers of memory
/// type ranges, performance monitoring, enhanced and virtual commands are not modelled: software
/// that uses them where the capabilities offer them throws Unmodelled, or under `report_unmodelled`
/// is counted and finds them without effect.
class VtdUnit final : public RegisterTarget {
 public:
  struct Config {
    std::uint8_t version = 0x10;  ///< VER_REG: major << 4 | minor
    vtd::Capability capability;
    vtd::ExtendedCapability extended;
    /// Reads of its structures ask the caches even where ECAP.C is clear.
    bool always_snoops = false;
    unsigned host_address_width = 46;  ///< bits, 30 to 52
    bool report_unmodelled = false;
    /// Requesters whose interrupt requests are not verified against SID and SVT.
    std::vector<std::uint16_t> unverified_sources;
    std::uint32_t requester_id = 0;     ///< of the unit's own reads and writes
    std::uint32_t cached_entries = 64;  ///< of the interrupt-remapping table
    // Capacities of the caches of DMA remapping, in entries; 0 remembers nothing.
    std::uint32_t context_entries = 64;
    std::uint32_t pasid_entries = 64;
    std::uint32_t iotlb_entries = 64;
    std::uint32_t table_entries = 32;  ///< paging-structure cache of each level
    // Cycles.
    Cycle remap_hit = 0;              ///< interrupt request with its entry cached
    Cycle remap_miss = 0;             ///< with the entry read from memory
    Cycle lookup = 0;                 ///< DMA whose translation is cached, or that needs none
    Cycle structure_read = 0;         ///< each read of a structure that a miss leads to
    Cycle invalidation = 0;           ///< per descriptor of the queue
    Cycle command = 0;                ///< from a write to GCMD or PMEN to its status
    Cycle register_invalidation = 0;  ///< from a write to CCMD or IOTLB to its completion
    Cycle device_time_out = 0;        ///< for a device's answer to an invalidation
  };

  /// In events.
  struct Statistics {
    std::uint64_t remapped = 0;       ///< interrupt requests passed on by a table entry
    std::uint64_t posted = 0;         ///< written to a posted-interrupt descriptor
    std::uint64_t compatible = 0;     ///< passed on as they were
    std::uint64_t blocked = 0;        ///< faulted
    std::uint64_t entry_hits = 0;     ///< entries found in the cache
    std::uint64_t entry_reads = 0;    ///< entries read from memory
    std::uint64_t descriptors = 0;    ///< taken from the invalidation queue
    std::uint64_t lost_faults = 0;    ///< no record was free
    std::uint64_t page_requests = 0;  ///< put in the queue for software
    std::uint64_t lost_page_requests = 0;
    DmaStatistics dma;
  };

  SC_HAS_PROCESS(VtdUnit);

  /// The unit's way to memory, which nothing remaps: tables, queues and status writes.
  DmaPort dma;

  /// Throws std::invalid_argument when the fault records or the IOTLB registers, which the
  /// capabilities place, overlap other registers or each other. `interrupts` takes what the unit
  /// lets through and its own events.
  VtdUnit(const sc_core::sc_module_name& name, const Timebase& timebase, const Config& config,
          InterruptSink& interrupts);

  /// Size in bytes of the register block, a multiple of 4 KiB.
  std::uint64_t size() const { return m_registers.size(); }
  std::uint64_t unmodelled_requests() const { return m_unmodelled_requests; }
  Statistics statistics() const;
  const DmaRemapping& remapping() const { return m_remapping; }

  /// Not owned; nullptr: nobody hears of faults.
  void set_fault_listener(RemappingFaultListener* listener) { m_faults.set_listener(listener); }
  /// The device with this requester id keeps translations or asks for pages.
  void attach(std::uint16_t source, AddressTranslationAgent& agent) { m_agents[source] = &agent; }

  /// A device's interrupt request at cycle `now`: delivered or blocked. False if it is none of the
  /// unit's business and goes on as it is.
  bool interrupt(const InterruptRequest& request, Cycle now);

  /// What becomes of a device's other request, which lies within one page; `now` moves on by what
  /// finding out takes. A fault has been recorded.
  DmaResult translate(const DmaRequest& request, Cycle& now);

  void page_request(const PageRequest& request, Cycle now);
  /// See AddressTranslationService.
  void stray_completion(std::uint16_t source, std::uint32_t tags, Cycle now);

 private:
  /// What SIRTP took over from IRTA_REG.
  struct InterruptTable {
    std::uint64_t base = 0;
    std::uint32_t entries = 0;
    bool extended = false;
  };
  /// While one lives the unit is at work: its own accesses to its registers change nothing.
  class Working {
   public:
    explicit Working(VtdUnit& unit) : m_unit(unit), m_before(unit.m_working) {
      m_unit.m_working = true;
    }
    ~Working() { m_unit.m_working = m_before; }
    Working(const Working&) = delete;
    Working& operator=(const Working&) = delete;

   private:
    VtdUnit& m_unit;
    bool m_before;
  };

  std::uint64_t read_register(std::uint64_t offset, unsigned size, Cycle now) override;
  void write_register(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) override;
  std::uint64_t peek_register(std::uint64_t offset, unsigned size, Cycle now) const override;

  void write_dword(std::uint64_t offset, std::uint32_t value, Cycle now);
  bool is_busy(std::uint64_t offset) const;
  void after_write(std::uint64_t offset, Cycle now);
  void after_queue_write(std::uint64_t offset, Cycle now);
  void settle(Cycle now);
  void run(Cycle now);
  void wake();
  void arm();
  void refuse_unmodelled_register(std::uint64_t offset);
  void unmodelled(const char* what, const char* where);

  void defer(DeferredCommand::Kind kind, std::uint64_t value, Cycle now);
  void carry_out(const DeferredCommand& command);
  void issue_global(std::uint32_t value, Cycle now);
  void global_command(std::uint32_t value, Cycle now);
  bool refuse_unmodelled(std::uint32_t wanted);
  bool status(std::uint32_t bit) const { return m_registers.any(vtd::gsts, bit); }
  void set_status(std::uint32_t bit, bool on);
  void latch_root_table();
  void latch_interrupt_table();
  void set_protected_memory(std::uint64_t value);
  void context_command();
  void iotlb_command(std::uint64_t address);
  bool registers_invalidate() const;

  std::optional<PageResponse> queue_page_request(const PageRequest& request, Cycle& now);

  RemappingRules rules(std::uint16_t source) const;
  bool table_entry(std::uint16_t index, const RemappingRules& rules, InterruptTableEntry& entry,
                   Cycle& now);
  void deliver(const RemappedInterrupt& remapped, std::uint16_t source, const RemappingRules& rules,
               Cycle now);
  std::optional<InterruptBlock> post(const PostedInterrupt& interrupt, const RemappingRules& rules,
                                     Cycle now);
  void block(const InterruptBlock& why, std::uint16_t source, Cycle now);

  Config m_config;
  InterruptSink& m_interrupts;
  VtdRegisters m_registers;
  UnitMemory m_memory;
  VtdEvents m_events;
  FaultLog m_faults;
  InterruptEntryCache m_entries;
  DmaRemapping m_remapping;
  TranslationAgents m_agents;
  InvalidationQueue m_queue;
  PageRequestQueue m_page_requests;
  DeferredCommands m_commands;
  DmaRemapping::Mode m_root_mode = DmaRemapping::Mode::legacy;
  InterruptTable m_table;
  bool m_working = false;
  sc_core::sc_event m_wake;
  Cycle m_wake_at = never;
  Statistics m_statistics;  ///< those that no part counts
  std::uint64_t m_unmodelled_requests = 0;
};

}  // namespace apicsim
