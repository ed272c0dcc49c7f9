#pragma once

#include <cstdint>

#include "models/iommu/spec/dma_faults.h"

namespace apicsim {

/// Tables of the second level.
struct SecondLevelTable {
  std::uint64_t root = 0;
  unsigned levels = 0;          ///< 2 to 5
  bool accessed_dirty = false;  ///< SLADE: A and D are set
  bool snoop = true;            ///< of the walk
};

/// Tables of the first level, and the rules of their entries.
struct FirstLevelTable {
  std::uint64_t root = 0;
  unsigned levels = 0;             ///< 4 or 5
  bool write_protect = false;      ///< WPE: privileged writes, too
  bool no_execute = false;         ///< NXE
  bool no_user_execute = false;    ///< SMEP
  bool extended_accessed = false;  ///< EAFE
  bool snoop = true;               ///< of the walk
};

/// What root, context and PASID entries say about the requests of a source.
struct TranslationContext {
  enum class Kind : std::uint8_t { pass_through, second_level, first_level, nested };

  Kind kind = Kind::pass_through;
  bool scalable = false;
  std::uint16_t domain = 0;
  std::uint32_t pasid = 0;  ///< of the request or of RID_PASID, in scalable mode
  SecondLevelTable second;
  FirstLevelTable first;
  bool fault_disable = false;         ///< FPD of any of the entries
  bool device_tlb = false;            ///< translation requests and translated requests may come
  bool page_snoop = false;            ///< PGSNP
  bool supervisor_requests = false;   ///< SRE
  bool execute_requests = false;      ///< ERE
  bool requester_privileged = false;  ///< RID_PRIV, of requests without PASID

  bool has_first() const { return kind == Kind::first_level || kind == Kind::nested; }
  bool has_second() const { return kind == Kind::second_level || kind == Kind::nested; }
};

/// A fault on the way to it.
struct ContextFault {
  vtd::DmaFaultReason reason;
  bool fault_disable = false;
};

}  // namespace apicsim
