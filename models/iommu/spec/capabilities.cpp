#include "models/iommu/spec/capabilities.h"

namespace apicsim::vtd {
namespace {

/// A field of a capability word: lowest bit and width.
struct Field {
  unsigned low;
  unsigned width;

  std::uint64_t mask() const { return ((std::uint64_t{1} << width) - 1) << low; }
  std::uint64_t put(std::uint64_t value) const { return (value << low) & mask(); }
  std::uint64_t get(std::uint64_t word) const { return (word & mask()) >> low; }
};

// CAP_REG
constexpr Field nd{0, 3}, afl{3, 1}, rwbf{4, 1}, plmr{5, 1}, phmr{6, 1}, cm{7, 1}, sagaw{8, 5},
    mgaw{16, 6}, zlr{22, 1}, fro{24, 10}, sllps{34, 4}, psi{39, 1}, nfr{40, 8}, mamv{48, 6},
    dwd{54, 1}, drd{55, 1}, fl1gp{56, 1}, pi{59, 1}, fl5lp{60, 1};
// ECAP_REG
constexpr Field c{0, 1}, qi{1, 1}, dt{2, 1}, ir{3, 1}, eim{4, 1}, pt{6, 1}, sc{7, 1}, iro{8, 10},
    mhmv{20, 4};

}  // namespace

std::uint64_t Capability::encode() const {
  return nd.put(domains) | afl.put(advanced_fault_log) | rwbf.put(write_buffer_flush) |
         plmr.put(protected_low) | phmr.put(protected_high) | cm.put(caching_mode) |
         sagaw.put(page_walks) | mgaw.put(guest_width) | zlr.put(zero_length_read) |
         fro.put(fault_offset) | sllps.put(large_pages) | psi.put(page_selective) |
         nfr.put(fault_records) | mamv.put(address_mask) | dwd.put(drain_writes) |
         drd.put(drain_reads) | fl1gp.put(first_level_1g) | pi.put(posted_interrupts) |
         fl5lp.put(first_level_5) | reserved;
}

Capability Capability::decode(std::uint64_t value) {
  Capability result;
  result.domains = static_cast<std::uint8_t>(nd.get(value));
  result.advanced_fault_log = afl.get(value) != 0;
  result.write_buffer_flush = rwbf.get(value) != 0;
  result.protected_low = plmr.get(value) != 0;
  result.protected_high = phmr.get(value) != 0;
  result.caching_mode = cm.get(value) != 0;
  result.page_walks = static_cast<std::uint8_t>(sagaw.get(value));
  result.guest_width = static_cast<std::uint8_t>(mgaw.get(value));
  result.zero_length_read = zlr.get(value) != 0;
  result.fault_offset = static_cast<std::uint16_t>(fro.get(value));
  result.large_pages = static_cast<std::uint8_t>(sllps.get(value));
  result.page_selective = psi.get(value) != 0;
  result.fault_records = static_cast<std::uint8_t>(nfr.get(value));
  result.address_mask = static_cast<std::uint8_t>(mamv.get(value));
  result.drain_writes = dwd.get(value) != 0;
  result.drain_reads = drd.get(value) != 0;
  result.first_level_1g = fl1gp.get(value) != 0;
  result.posted_interrupts = pi.get(value) != 0;
  result.first_level_5 = fl5lp.get(value) != 0;
  result.reserved = value & ~result.encode();
  return result;
}

std::uint64_t ExtendedCapability::encode() const {
  return c.put(coherent) | qi.put(queued_invalidation) | dt.put(device_tlb) |
         ir.put(interrupt_remapping) | eim.put(extended_interrupt) | pt.put(pass_through) |
         sc.put(snoop_control) | iro.put(iotlb_offset) | mhmv.put(handle_mask) | reserved;
}

ExtendedCapability ExtendedCapability::decode(std::uint64_t value) {
  ExtendedCapability result;
  result.coherent = c.get(value) != 0;
  result.queued_invalidation = qi.get(value) != 0;
  result.device_tlb = dt.get(value) != 0;
  result.interrupt_remapping = ir.get(value) != 0;
  result.extended_interrupt = eim.get(value) != 0;
  result.pass_through = pt.get(value) != 0;
  result.snoop_control = sc.get(value) != 0;
  result.iotlb_offset = static_cast<std::uint16_t>(iro.get(value));
  result.handle_mask = static_cast<std::uint8_t>(mhmv.get(value));
  result.reserved = value & ~result.encode();
  return result;
}

}  // namespace apicsim::vtd
