#pragma once

#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

namespace apicsim {

/// A map that cannot be built: overlap, empty or overlong region, unknown target.
class AddressMapError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Addresses base ..< base + size and what answers there.
struct AddressRegion {
  enum class Kind : std::uint8_t {
    target,      ///< forwarded to a connected target
    unmodelled,  ///< the machine has something here that the simulator does not model
  };
  enum class Origin : std::uint8_t {
    any,
    device,  ///< decoded for devices only (the interrupt window); empty space for CPUs
  };

  std::uint64_t base = 0;
  std::uint64_t size = 0;
  std::string name;
  Kind kind = Kind::target;
  /// What connect() returned; ignored for unmodelled regions.
  unsigned target = 0;
  /// The target sees offsets from `base`; otherwise the addresses of this map.
  bool relative = true;
  Origin origin = Origin::any;
};

/// Where a PCI function puts its BARs: the part of an address map that changes while it runs.
class RegionMapper {
 public:
  virtual ~RegionMapper() = default;
  /// Adds a region; false, with the map unchanged, when it overlaps another one or leaves the
  /// address space. Counted, as a guest can program that.
  virtual bool map(const AddressRegion& region) = 0;
  /// Removes the region that starts at `base` and has this name, if there is one.
  virtual void unmap(std::uint64_t base, const std::string& name) = 0;
};

/// One address space (physical addresses, or the 64 KiB of I/O ports) and the routing in it.
///
/// Empty space reads all ones and drops writes; a device's read of it also fails. An unmodelled
/// region stops the run by throwing Unmodelled, or is reported: answers as empty space and counts.
/// An access across the border of a region is split there; each part is an access of its own, and
/// the first part that fails gives the response. Adds no delay. Initiators without an Initiator
/// extension count as CPUs. Routing works from the end of elaboration on.
class AddressMap final : public sc_core::sc_module, public RegionMapper {
 public:
  enum class UnmodelledPolicy : std::uint8_t { stop, report };

  /// What did not reach a target, in accesses (a split access counts once per part).
  struct Statistics {
    std::uint64_t empty_reads = 0;
    std::uint64_t empty_writes = 0;
    std::uint64_t unmodelled_reads = 0;
    std::uint64_t unmodelled_writes = 0;
    std::uint64_t refused_mappings = 0;
  };
  /// Accesses to one unmodelled region under UnmodelledPolicy::report.
  struct UnmodelledCount {
    std::string name;
    std::uint64_t base = 0;
    std::uint64_t reads = 0;
    std::uint64_t writes = 0;
  };

  tlm_utils::multi_passthrough_target_socket<AddressMap> in;
  tlm_utils::multi_passthrough_initiator_socket<AddressMap> out;

  /// `size`: number of addresses, 2^16 for ports, 2^46 or so for memory; not zero.
  AddressMap(const sc_core::sc_module_name& name, std::uint64_t size, UnmodelledPolicy policy);

  /// Binds a target socket (during elaboration); the result names it in AddressRegion::target.
  template <typename TargetSocket>
  unsigned connect(TargetSocket& target) {
    out.bind(target);
    return m_targets++;
  }

  /// Adds a region of the machine description; throws AddressMapError.
  void add(const AddressRegion& region);

  bool map(const AddressRegion& region) override;
  void unmap(std::uint64_t base, const std::string& name) override;

  const std::vector<AddressRegion>& regions() const { return m_regions; }  ///< sorted by base
  /// The region that decodes `address`, nullptr for empty space.
  const AddressRegion* find(std::uint64_t address) const;

  const Statistics& statistics() const { return m_statistics; }
  /// Sorted by name, then base; regions without accesses are not listed.
  const std::vector<UnmodelledCount>& unmodelled_counts() const { return m_unmodelled; }

 private:
  struct Piece;

  void b_transport(int initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(int initiator, tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(int initiator, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);

  Piece piece_at(std::uint64_t address, bool from_device) const;
  void route(const Piece& piece, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void split(tlm::tlm_generic_payload& payload, bool from_device, sc_core::sc_time& delay);
  void answer_empty(tlm::tlm_generic_payload& payload);
  void touch_unmodelled(const AddressRegion& region, const tlm::tlm_generic_payload& payload);
  UnmodelledCount& count_of(const AddressRegion& region);
  std::string objection(const AddressRegion& region) const;
  void insert(const AddressRegion& region);

  std::uint64_t m_size;
  UnmodelledPolicy m_policy;
  unsigned m_targets = 0;
  std::vector<AddressRegion> m_regions;
  Statistics m_statistics;
  std::vector<UnmodelledCount> m_unmodelled;
};

}  // namespace apicsim
