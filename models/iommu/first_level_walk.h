#pragma once

#include "models/iommu/second_level_walk.h"

namespace apicsim {

/// Walks tables of the first level (VT-d §3.6, §9.7), whose own addresses the second level
/// translates where translation is nested (§3.8).
class FirstLevelWalk {
 public:
  FirstLevelWalk(const DmaConfig& config, DmaStatistics& statistics, TableCache& cache,
                 const SecondLevelWalk& second)
      : m_config(config), m_statistics(statistics), m_cache(cache), m_second(second) {}

  /// The page, in guest-physical addresses where translation is nested. Rights are not judged, but
  /// A and D are set as for an access that they permit.
  WalkResult walk(const TranslationContext& context, std::uint64_t address,
                  const PageAccess& access, StructureReader& reader) const;

  /// Bits above those that the tables translate are all equal to the highest one of those.
  static bool is_canonical(const FirstLevelTable& table, std::uint64_t address);

 private:
  /// A place in memory that can be read, and written for A and D.
  struct Place {
    std::uint64_t address;
    bool writable;
  };

  std::variant<Place, WalkFailure> place_of(const TranslationContext& context,
                                            std::uint64_t address, bool root,
                                            StructureReader& reader) const;
  bool is_leaf(std::uint64_t entry, unsigned level) const;
  std::uint64_t reserved(const TranslationContext& context, std::uint64_t entry,
                         unsigned level) const;
  std::variant<std::uint64_t, WalkFailure> mark(const TranslationContext& context,
                                                std::uint64_t entry, std::uint64_t bits,
                                                const Place& place, StructureReader& reader) const;

  const DmaConfig& m_config;
  DmaStatistics& m_statistics;
  TableCache& m_cache;
  const SecondLevelWalk& m_second;
};

/// Whether the first level's rights allow the access (§3.6.1): user pages only for user requests,
/// writes by the rules of WPE, execution by those of NXE and SMEP.
struct FirstLevelVerdict {
  bool user_page = true;  ///< false: U/S
  bool read = true;
  bool write = true;
  bool execute = true;
};
FirstLevelVerdict judge(const FirstLevelTable& table, const PageRights& rights, bool privileged);

}  // namespace apicsim
