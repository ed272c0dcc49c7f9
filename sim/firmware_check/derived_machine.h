#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/firmware_check/memory_map.h"
#include "sim/firmware_check/table_files.h"

namespace apicsim {

/// What the tables do not say about their machine.
struct MachineGuess {
  FirmwareMemoryMap map;                 ///< empty: made from what the tables name
  std::string cpu = "xeon-e5-2680-v2";   ///< a file of configs/cpus
  std::uint64_t cap = 0xD2078C106F0462;  ///< CAP_REG of every VT-d unit
  std::uint64_t ecap = 0xF020FE;         ///< ECAP_REG
};

/// A machine on which the tables can be tried: processors, I/O APICs, remapping units and the
/// functions that device scopes name stand where the tables say.
struct DerivedMachine {
  std::string machine;  ///< text of a machine file
  /// The tables that the operating system gets as they are: signature, bytes.
  std::vector<std::pair<std::string, Bytes>> tables;
  std::vector<std::string> assumptions;  ///< one sentence each
  std::size_t cpus = 0;
};

/// Throws FirmwareError when the tables have neither a MADT nor a DMAR.
DerivedMachine derive_machine(const TableSet& set, const MachineGuess& guess);

/// Text of the scenario that boots `kernel` on it. `machine_file` and the names of the tables'
/// files, in the order of `tables`, are relative to the scenario. `overrides` are further lines.
std::string derived_scenario(const DerivedMachine& machine, const std::string& title,
                             const std::string& machine_file,
                             const std::vector<std::string>& table_files, const std::string& kernel,
                             const std::string& command_line, const std::string& max_time);

/// A basic string of TOML 1.0, with its quotes.
std::string toml_text(const std::string& text);

}  // namespace apicsim
