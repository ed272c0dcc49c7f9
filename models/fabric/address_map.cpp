#include "models/fabric/address_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <tuple>

#include "models/fabric/initiator.h"
#include "models/fabric/payload_shape.h"
#include "models/fabric/unmodelled.h"

namespace apicsim {
namespace {

bool comes_from_device(const tlm::tlm_generic_payload& payload) {
  const auto* const initiator = payload.get_extension<Initiator>();
  return initiator != nullptr && initiator->kind == Initiator::Kind::device;
}

bool before(std::uint64_t address, const AddressRegion& region) { return address < region.base; }

}  // namespace

/// A stretch of the map that is decoded in one way.
struct AddressMap::Piece {
  const AddressRegion* region = nullptr;  ///< nullptr: empty
  std::uint64_t left = 0;                 ///< bytes of it from the address asked for
};

AddressMap::AddressMap(const sc_core::sc_module_name& name, std::uint64_t size,
                       UnmodelledPolicy policy)
    : sc_module(name), in("in"), out("out"), m_size(size), m_policy(policy) {
  in.register_b_transport(this, &AddressMap::b_transport);
  in.register_transport_dbg(this, &AddressMap::transport_dbg);
  in.register_get_direct_mem_ptr(this, &AddressMap::get_direct_mem_ptr);
}

std::string AddressMap::objection(const AddressRegion& region) const {
  const auto place =
      fmt::format("region '{}' at {:#x} with size {:#x}", region.name, region.base, region.size);
  if (region.size == 0) return place + " is empty";
  if (region.base >= m_size || region.size > m_size - region.base)
    return fmt::format("{} leaves the address space, which ends at {:#x}", place, m_size);
  if (region.kind == AddressRegion::Kind::target && region.target >= m_targets)
    return fmt::format("{} names target {}, but {} are connected", place, region.target, m_targets);
  for (const AddressRegion& other : m_regions)
    if (region.base < other.base + other.size && other.base < region.base + region.size)
      return fmt::format("{} overlaps region '{}' at {:#x} with size {:#x}", place, other.name,
                         other.base, other.size);
  return {};
}

void AddressMap::insert(const AddressRegion& region) {
  m_regions.insert(std::upper_bound(m_regions.begin(), m_regions.end(), region.base, before),
                   region);
}

void AddressMap::add(const AddressRegion& region) {
  const std::string problem = objection(region);
  if (!problem.empty()) throw AddressMapError(fmt::format("{}: {}", name(), problem));
  insert(region);
}

bool AddressMap::map(const AddressRegion& region) {
  if (!objection(region).empty()) {
    ++m_statistics.refused_mappings;
    return false;
  }
  insert(region);
  return true;
}

void AddressMap::unmap(std::uint64_t base, const std::string& region_name) {
  const auto found =
      std::find_if(m_regions.begin(), m_regions.end(), [&](const AddressRegion& region) {
        return region.base == base && region.name == region_name;
      });
  if (found != m_regions.end()) m_regions.erase(found);
}

const AddressRegion* AddressMap::find(std::uint64_t address) const {
  const auto after = std::upper_bound(m_regions.begin(), m_regions.end(), address, before);
  if (after == m_regions.begin()) return nullptr;
  const AddressRegion& region = *(after - 1);
  return address - region.base < region.size ? &region : nullptr;
}

AddressMap::Piece AddressMap::piece_at(std::uint64_t address, bool from_device) const {
  const AddressRegion* const region = find(address);
  if (region != nullptr) {
    const bool decoded = from_device || region->origin == AddressRegion::Origin::any;
    return {decoded ? region : nullptr, region->size - (address - region->base)};
  }
  const auto next = std::upper_bound(m_regions.begin(), m_regions.end(), address, before);
  return {nullptr, next == m_regions.end() ? ~std::uint64_t{0} : next->base - address};
}

void AddressMap::b_transport(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const bool from_device = comes_from_device(payload);
  const std::uint64_t address = payload.get_address();
  const Piece piece = piece_at(address, from_device);
  if (payload.get_data_length() <= piece.left)
    route(piece, payload, delay);
  else
    split(payload, from_device, delay);
}

void AddressMap::route(const Piece& piece, tlm::tlm_generic_payload& payload,
                       sc_core::sc_time& delay) {
  if (piece.region == nullptr) {
    payload.is_read() ? ++m_statistics.empty_reads : ++m_statistics.empty_writes;
    answer_empty(payload);
    return;
  }
  if (piece.region->kind == AddressRegion::Kind::unmodelled) {
    touch_unmodelled(*piece.region, payload);
    answer_empty(payload);
    return;
  }
  // A target may change the map (a BAR), so nothing of the region is used after the call.
  const std::uint64_t address = payload.get_address();
  if (piece.region->relative) payload.set_address(address - piece.region->base);
  out[static_cast<int>(piece.region->target)]->b_transport(payload, delay);
  payload.set_address(address);
}

void AddressMap::split(tlm::tlm_generic_payload& payload, bool from_device,
                       sc_core::sc_time& delay) {
  const unsigned length = payload.get_data_length();
  if (payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  if (payload.get_streaming_width() < length) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  PayloadShape shape(payload);
  for (unsigned done = 0; done < length;) {
    const std::uint64_t address = shape.address() + done;
    const Piece piece = piece_at(address, from_device);
    const auto part = static_cast<unsigned>(std::min<std::uint64_t>(length - done, piece.left));
    shape.narrow_to(done, part);
    route(piece, payload, delay);
    if (payload.is_response_error()) return;
    done += part;
  }
}

/// A device's read is completed as an Unsupported Request (PCIe 5.0 §2.3.1), of which a CPU's load
/// sees the data only; writes are posted.
void AddressMap::answer_empty(tlm::tlm_generic_payload& payload) {
  if (payload.is_read()) std::memset(payload.get_data_ptr(), 0xFF, payload.get_data_length());
  const bool refused = payload.is_read() && comes_from_device(payload);
  payload.set_response_status(refused ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
}

void AddressMap::touch_unmodelled(const AddressRegion& region,
                                  const tlm::tlm_generic_payload& payload) {
  const bool read = payload.is_read();
  if (m_policy == UnmodelledPolicy::stop)
    throw Unmodelled(fmt::format("{} of {} bytes at {:#x}: '{}' is not modelled",
                                 read ? "read" : "write", payload.get_data_length(),
                                 payload.get_address(), region.name));
  UnmodelledCount& count = count_of(region);
  ++(read ? count.reads : count.writes);
  ++(read ? m_statistics.unmodelled_reads : m_statistics.unmodelled_writes);
}

AddressMap::UnmodelledCount& AddressMap::count_of(const AddressRegion& region) {
  const auto place =
      std::lower_bound(m_unmodelled.begin(), m_unmodelled.end(), region,
                       [](const UnmodelledCount& count, const AddressRegion& key) {
                         return std::tie(count.name, count.base) < std::tie(key.name, key.base);
                       });
  if (place != m_unmodelled.end() && place->name == region.name && place->base == region.base)
    return *place;
  return *m_unmodelled.insert(place, UnmodelledCount{region.name, region.base, 0, 0});
}

unsigned AddressMap::transport_dbg(int, tlm::tlm_generic_payload& payload) {
  const bool from_device = comes_from_device(payload);
  PayloadShape shape(payload);
  unsigned done = 0;
  while (done < shape.length()) {
    const std::uint64_t address = shape.address() + done;
    const Piece piece = piece_at(address, from_device);
    if (piece.region == nullptr || piece.region->kind == AddressRegion::Kind::unmodelled) break;
    const auto part =
        static_cast<unsigned>(std::min<std::uint64_t>(shape.length() - done, piece.left));
    shape.narrow_to(done, part);
    if (piece.region->relative) payload.set_address(address - piece.region->base);
    const unsigned moved = out[static_cast<int>(piece.region->target)]->transport_dbg(payload);
    done += moved;
    if (moved < part) break;
  }
  return done;
}

bool AddressMap::get_direct_mem_ptr(int, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const std::uint64_t address = payload.get_address();
  const Piece piece = piece_at(address, comes_from_device(payload));
  if (piece.region == nullptr || piece.region->kind == AddressRegion::Kind::unmodelled) {
    dmi.allow_none();
    return false;
  }
  const AddressRegion region = *piece.region;
  const std::uint64_t rebase = region.relative ? region.base : 0;
  payload.set_address(address - rebase);
  const bool granted = out[static_cast<int>(region.target)]->get_direct_mem_ptr(payload, dmi);
  payload.set_address(address);
  if (!granted) return false;
  // A target may grant more than this map decodes to it.
  const std::uint64_t granted_first = dmi.get_start_address() + rebase;
  const std::uint64_t granted_last = dmi.get_end_address() + rebase;
  const std::uint64_t first = std::max(granted_first, region.base);
  const std::uint64_t last = std::min(granted_last, region.base + region.size - 1);
  dmi.set_dmi_ptr(dmi.get_dmi_ptr() + (first - granted_first));
  dmi.set_start_address(first);
  dmi.set_end_address(last);
  return true;
}

}  // namespace apicsim
