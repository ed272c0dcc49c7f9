#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "models/fabric/address_translation_agent.h"
#include "models/fabric/dma_port.h"
#include "models/iommu/dma_remapping.h"
#include "models/iommu/fault_log.h"
#include "models/iommu/interrupt_entry_cache.h"
#include "models/iommu/invalidation_descriptor.h"
#include "models/iommu/vtd_events.h"
#include "models/iommu/vtd_registers.h"

namespace apicsim {

/// The devices that the unit can send messages to, by requester id.
using TranslationAgents = std::map<std::uint16_t, AddressTranslationAgent*>;

/// The invalidation queue (§6.5.2): descriptors are fetched and carried out in order, one at a
/// time. Requests to devices are answered later; a wait descriptor waits for all of them.
///
/// Does nothing by itself: run() carries out what is due at due().
class InvalidationQueue {
 public:
  struct Config {
    vtd::Capability capability;
    vtd::ExtendedCapability extended;
    Cycle descriptor = 0;       ///< cycles from one descriptor to the next
    Cycle device_time_out = 0;  ///< for a device's answer
  };

  /// What the queue acts on.
  struct Parts {
    VtdRegisters& registers;
    DmaPort& memory;
    DmaRemapping& remapping;
    InterruptEntryCache& entries;
    FaultLog& faults;
    VtdEvents& events;
    TranslationAgents& agents;
  };

  InvalidationQueue(const Config& config, const Parts& parts) : m_config(config), m_parts(parts) {}

  /// GCMD.QIE. Off takes effect when the queue is empty or held up by an error (§10.4.4).
  void enable(bool on, Cycle now);
  /// The root table that SRTP took over is one of scalable mode.
  void set_table_mode(DmaRemapping::Mode mode) { m_mode = mode; }
  /// Software has written IQT or FSTS: there may be something to do.
  void start(Cycle now);
  /// An Invalidate Completion that a device sends unasked: ICE where it answers no request.
  void completion(std::uint16_t source, std::uint32_t tags, Cycle now);

  /// Next cycle at which the queue does something; never if it waits for software.
  Cycle due() const;
  void run(Cycle now);

  /// Descriptors carried out.
  std::uint64_t descriptors() const { return m_descriptors; }

 private:
  /// A request to a device that has not been answered.
  struct Outstanding {
    std::uint16_t source;
    std::uint8_t tag;
    Cycle due;
    bool answered;  ///< at `due`; else that is when time is out
  };

  bool is_on() const;
  bool is_held_up() const;
  bool is_empty() const;
  void fetch(Cycle now);
  std::optional<vtd::QueueError> setup_error() const;
  Descriptor read_descriptor();
  /// False: the descriptor must wait for an answer from the device.
  bool execute(const Descriptor& descriptor, Cycle now);
  bool ask_device(const DeviceInvalidation& request, Cycle now);
  std::uint8_t free_tag() const;
  void settle_oldest(Cycle now);
  void note_source(std::uint32_t status, unsigned shift, std::uint16_t source);
  void time_out(std::uint16_t source, Cycle now);
  void finish_wait(Cycle now);
  void respond(const DevicePageResponse& response, Cycle now);
  void fail(vtd::QueueError why, Cycle now);
  void switch_off();
  void go_on(Cycle now);
  std::uint64_t descriptor_size() const;
  std::uint64_t queue_size() const;
  std::vector<Outstanding>::iterator oldest();
  Cycle answer_due() const;

  Config m_config;
  Parts m_parts;
  DmaRemapping::Mode m_mode = DmaRemapping::Mode::legacy;
  Cycle m_fetch_due = never;
  bool m_stalled = false;                  ///< the descriptor at the head waits for an answer
  std::optional<InvalidationWait> m_wait;  ///< in flight: fetched, not done
  std::vector<Outstanding> m_outstanding;
  bool m_disable_wanted = false;
  std::uint64_t m_descriptors = 0;
};

}  // namespace apicsim
