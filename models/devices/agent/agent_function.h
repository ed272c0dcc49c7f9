#pragma once

#include <array>
#include <cstdint>
#include <systemc>

#include "models/devices/agent/device_tlb.h"
#include "models/devices/pci/pci_endpoint.h"
#include "models/devices/spec/agent.h"
#include "models/fabric/address_translation_agent.h"

namespace apicsim {

/// A function that makes the accesses it is told to, right or wrong: untranslated, by ATS, as
/// translated without having asked, with a PASID, under another function's requester id. It keeps
/// translations, answers invalidations, and asks for pages.
///
/// Unlike real devices it shows what became of a write, too.
class AgentFunction final : public PciEndpoint, public AddressTranslationAgent {
 public:
  SC_HAS_PROCESS(AgentFunction);

  RegisterPort<AgentFunction> registers;  ///< BAR 0
  MsixPort msix;                          ///< BAR 1

  AgentFunction(const sc_core::sc_module_name& name, const Timebase& timebase,
                const PciAddress& address, const PciIdentity& identity, const PciWiring& wiring);

  /// The unit's side; not owned, nullptr: page requests go nowhere.
  void set_service(AddressTranslationService* service) { m_service = service; }

  std::optional<Cycle> invalidate_device_tlb(const DeviceTlbInvalidation& what, Cycle now) override;
  void page_group_response(const PageGroupResponse& response, Cycle now) override;

 private:
  using Result = agent::Result;

  std::uint64_t read(std::uint64_t offset, unsigned size, Cycle now);
  void write(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek(std::uint64_t offset, unsigned size, Cycle now) const;
  void reset_device(Cycle now) override;

  void add_capabilities();
  std::uint32_t dword(std::uint64_t offset) const;
  void write_dword(std::uint64_t offset, std::uint32_t value, Cycle now);
  void start(bool on, Cycle now);
  void act();
  Result access(std::uint64_t address, Cycle& at);
  Result translate(std::uint64_t address, std::uint64_t& translated, Cycle& at);
  Result move(std::uint64_t address, const RequestTag& tag, Cycle& at);
  bool ask_for_page(std::uint64_t address, Cycle now);
  void finish(Result result, Cycle at);
  RequestTag tag() const;
  bool has(std::uint32_t kind) const { return (m_kind & kind) != 0; }
  bool enabled(unsigned capability, unsigned control, std::uint16_t bit) const;

  DeviceTlb m_tlb{agent::tlb_entries};
  AddressTranslationService* m_service = nullptr;
  sc_core::sc_event m_event;
  unsigned m_ats = 0, m_page_requests = 0, m_pasid_capability = 0;

  std::uint64_t m_address = 0, m_stride = 0;
  std::uint32_t m_length = 4, m_kind = 0, m_pasid = 0, m_requester = 0, m_count = 1, m_period = 0;
  std::uint32_t m_behaviour = 0, m_result = 0, m_done = 0, m_refused = 0;
  std::uint32_t m_invalidations = 0, m_requests_sent = 0, m_last_response = 0;
  std::array<std::uint8_t, agent::buffer_size> m_buffer{};
  bool m_busy = false, m_waits = false;
  std::uint32_t m_made = 0;  ///< accesses of the series that is under way
};

}  // namespace apicsim
