#pragma once

#include <cstdint>
#include <string>
#include <systemc>
#include <vector>

#include "models/fabric/register_target.h"
#include "models/iommu/spec/capabilities.h"
#include "models/iommu/spec/registers.h"

namespace apicsim {

/// A VT-d remapping unit with its register file and its functions switched off, the state in which
/// firmware hands it over.
///
/// Registers keep what software writes; commands that concern caches complete at once, since
/// nothing is cached while translation is off. Switching on what is not modelled (translation,
/// queued invalidation, interrupt remapping, advanced fault logging, protected memory) throws
/// Unmodelled, or under `report_unmodelled` leaves the status bit clear and is counted.
class VtdUnit final : public RegisterTarget {
 public:
  struct Config {
    std::uint8_t version = 0x10;  ///< VER_REG: major << 4 | minor
    vtd::Capability capability;
    vtd::ExtendedCapability extended;
    bool report_unmodelled = false;
  };

  /// Throws std::invalid_argument when the fault records or the IOTLB registers, which the
  /// capabilities place, overlap other registers or each other.
  VtdUnit(const sc_core::sc_module_name& name, const Timebase& timebase, const Config& config);

  /// Size in bytes of the register block, a multiple of 4 KiB.
  std::uint64_t size() const { return m_size; }
  std::uint64_t unmodelled_requests() const { return m_unmodelled_requests; }

 private:
  struct State {
    vtd::Register spec;
    std::string name;
    std::uint64_t value;
  };

  std::uint64_t read_register(std::uint64_t offset, unsigned size, Cycle now) override;
  void write_register(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) override;
  std::uint64_t peek_register(std::uint64_t offset, unsigned size, Cycle now) const override;

  void add(const vtd::Register& spec, const std::string& name, std::uint64_t value);
  void add_placed_registers();
  const State* find(std::uint64_t offset) const;
  State& at(std::uint32_t offset);
  std::uint8_t byte_at(std::uint64_t offset) const;
  void write_dword(std::uint64_t offset, std::uint32_t value);
  void command(std::uint32_t value);
  void set_status(std::uint32_t bit, bool on);
  void complete_context_command();
  void complete_iotlb_command();
  void unmodelled(const char* what, const char* where);

  Config m_config;
  std::uint32_t m_iotlb;  ///< offset of IOTLB_REG
  std::uint64_t m_size = 0;
  std::vector<State> m_registers;  ///< ascending by offset
  std::uint64_t m_unmodelled_requests = 0;
};

}  // namespace apicsim
