#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/scenario/timing_entry.h"
#include "sim/scenario/toml_reader.h"

namespace apicsim {

/// Reads the entries of one profile and puts another value where the scenario asks for one.
class TimingReader {
 public:
  TimingReader(std::uint64_t reference_hz, const std::vector<TimingOverride>& overrides)
      : m_reference_hz(reference_hz), m_overrides(overrides) {}

  /// Reads every declared entry below `root`; all their names become known keys. Throws
  /// ScenarioError.
  void read(TomlTable& root, const std::vector<EntryDeclaration>& declarations,
            TimingProfile& profile);
  /// Reads the section of instruction classes.
  void read_instructions(TomlTable section, TimingProfile& profile);
  /// Throws for an override that names no entry of the profile.
  void finish(const TimingProfile& profile) const;

 private:
  void read_entry(TomlTable table, const EntryDeclaration& declaration, TimingProfile& profile);
  std::optional<std::uint64_t> value(TomlTable& table, const char* key,
                                     const EntryDeclaration& declaration) const;
  Latency read_basis(TomlTable& table, const EntryDeclaration& declaration) const;
  /// The entry with the scenario's value instead of its own.
  void apply_override(const EntryDeclaration& declaration, Latency& entry) const;
  std::uint64_t overriding_value(const TimingOverride& override,
                                 const EntryDeclaration& declaration) const;

  std::uint64_t m_reference_hz;
  const std::vector<TimingOverride>& m_overrides;
};

}  // namespace apicsim
