#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/firmware_check/address_plan.h"
#include "sim/firmware_check/derived_machine.h"
#include "sim/firmware_check/rule.h"

namespace apicsim {

struct BoardIoApic {
  std::uint64_t id = 0;
  std::uint64_t address = 0;
  std::uint64_t gsi_base = 0;
  std::uint64_t entries = 24;
  std::string requester;  ///< "00:1e.1", or empty
};
struct BoardUnit {
  std::uint64_t address = 0;
  std::uint64_t segment = 0;
  bool include_all = false;
};

/// The devices and the memory of a derived machine.
struct DerivedBoard {
  std::vector<std::uint64_t> apic_ids;  ///< of the processors; the first one boots
  std::vector<BoardIoApic> io_apics;
  std::vector<BoardUnit> units;
  std::uint64_t hpet_address = 0xFED00000;
  std::string hpet_requester;
  std::uint64_t ecam_base = 0;  ///< 0: none
  std::uint64_t ecam_last_bus = 0xFF;
  FirmwareMemoryMap ram;  ///< what answers as memory
  FirmwareMemoryMap map;  ///< what firmware reports
  std::uint64_t table_base = 0;
  std::uint64_t table_size = 0;
};

/// Chooses them. What cannot stand where a table says is left out, with a sentence in
/// `assumptions`.
DerivedBoard derive_board(const CheckInput& input, std::vector<std::string>& assumptions);

}  // namespace apicsim
