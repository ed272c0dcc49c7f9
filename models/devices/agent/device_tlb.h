#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "models/fabric/address_translation_agent.h"

namespace apicsim {

/// Translations that a device keeps (PCIe 5.0 §10.1): a few, the oldest goes first.
class DeviceTlb {
 public:
  struct Entry {
    std::uint64_t first = 0;       ///< untranslated address, a multiple of the size
    std::uint64_t size = 0;        ///< bytes, a power of two
    std::uint64_t translated = 0;  ///< of `first`
    bool read = false;
    bool write = false;
    bool has_pasid = false;
    std::uint32_t pasid = 0;
    bool global = false;
  };

  explicit DeviceTlb(std::size_t capacity) : m_capacity(capacity) {}

  /// The translated address; nullopt: none is kept that allows the access.
  std::optional<std::uint64_t> find(std::uint64_t address, bool write, bool has_pasid,
                                    std::uint32_t pasid) const;
  void insert(const Entry& entry);
  /// Forgets what an Invalidate Request names (§10.3.2).
  void invalidate(const DeviceTlbInvalidation& what);
  void clear() { m_entries.clear(); }
  std::size_t size() const { return m_entries.size(); }

 private:
  std::size_t m_capacity;
  std::deque<Entry> m_entries;  ///< oldest first
};

}  // namespace apicsim
