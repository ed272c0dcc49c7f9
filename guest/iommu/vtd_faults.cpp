// Faults of the remapping units: drivers/iommu/dmar.c of Linux 3.13.
#include "guest/iommu/vtd_faults.h"

#include "guest/arch/interrupt.h"
#include "guest/arch/percpu.h"
#include "guest/iommu/irq_remapping.h"
#include "guest/iommu/vtd_registers.h"
#include "guest/kernel/messages.h"

namespace {

// Fault recording registers (VT-d §10.4.14), at CAP.FRO, CAP.NFR + 1 of them.
constexpr u32 kRecordSize = 16;
constexpr u64 kRecorded = 1ull << 63, kTypeRead = 1ull << 62;
constexpr int kReasonShift = 32;
constexpr int kIndexShift = 48;  // of the interrupt index in the lower half
constexpr u32 kStatusBits = 0x7f;

const char* const dma_reasons[] = {
    "Software",
    "Present bit in root entry is clear",
    "Present bit in context entry is clear",
    "Invalid context entry",
    "Access beyond MGAW",
    "PTE Write access is not set",
    "PTE Read access is not set",
    "Next page table ptr is invalid",
    "Root table address invalid",
    "Context table ptr is invalid",
    "non-zero reserved fields in RTP",
    "non-zero reserved fields in CTP",
    "non-zero reserved fields in PTE",
    "PCE for translation request specifies blocking",
};
constexpr u8 kFirstRemapReason = 0x20;
const char* const remap_reasons[] = {
    "Detected reserved fields in the decoded interrupt-remapped request",
    "Interrupt index exceeded the interrupt-remapping table size",
    "Present field in the IRTE entry is clear",
    "Error accessing interrupt-remapping table pointed by IRTA_REG",
    "Detected reserved fields in the IRTE entry",
    "Blocked a compatibility format interrupt request",
    "Blocked an interrupt request due to source-id verification failure",
};

struct Record {
  u64 low, high;

  u8 reason() const { return static_cast<u8>(high >> kReasonShift); }
  u8 bus() const { return static_cast<u8>(high >> 8); }
  u8 device() const { return high >> 3 & 31; }
  u8 function() const { return high & 7; }
};

bool is_remap_reason(u8 reason) {
  return reason >= kFirstRemapReason && reason < kFirstRemapReason + array_size(remap_reasons);
}

void report(const Record& r) {
  const u8 reason = r.reason();
  if (is_remap_reason(reason)) {
    printk(msg::kIrFault, r.bus(), r.device(), r.function(),
           static_cast<unsigned long long>(r.low >> kIndexShift), reason,
           remap_reasons[reason - kFirstRemapReason]);
    return;
  }
  const char* text = reason < array_size(dma_reasons) ? dma_reasons[reason] : "Unknown";
  printk(msg::kDmaFault, (r.high & kTypeRead) != 0 ? "DMA Read" : "DMA Write", r.bus(), r.device(),
         r.function(), static_cast<unsigned long long>(r.low), reason, text);
}

struct RecordFile {
  volatile u8* first;
  u32 count;
};

RecordFile records_of(const DmarUnit& unit) {
  const u32 offset = static_cast<u32>(unit.cap >> 24 & 0x3ff) * kRecordSize;
  return {unit.registers + offset, static_cast<u32>(unit.cap >> 40 & 0xff) + 1};
}

// From the oldest record on, until one is empty.
template <typename Visit>
void take_records(const DmarUnit& unit, u32 status, Visit visit) {
  const RecordFile file = records_of(unit);
  u32 index = status >> 8 & 0xff;
  for (u32 n = 0; n < file.count && index < file.count; ++n, index = (index + 1) % file.count) {
    volatile u8* at = file.first + index * kRecordSize;
    const Record record = {readq(at), readq(at + 8)};
    if ((record.high & kRecorded) == 0) return;
    visit(record);
    writel(static_cast<u32>(kRecorded >> 32), at + 12);
  }
}

void handle_unit(const DmarUnit& unit) {
  const u32 status = readl(unit.registers + kVtdFaultStatus);
  if ((status & kStatusBits) == 0) return;
  const bool say = printk_ratelimit();
  if (say) printk(msg::kFaultStatus, status);
  if ((status & kVtdFaultPending) != 0)
    take_records(unit, status, [say](const Record& record) {
      if (say) report(record);
    });
  writel(kVtdFaultOverflow | kVtdFaultPending, unit.registers + kVtdFaultStatus);
}

void fault_interrupt(void* data) { handle_unit(*static_cast<const DmarUnit*>(data)); }

void set_fault_message(const DmarUnit& unit, const MsiMessage& message) {
  writel(message.data, unit.registers + kVtdFaultData);
  writel(static_cast<u32>(message.address), unit.registers + kVtdFaultAddress);
  writel(static_cast<u32>(message.address >> 32), unit.registers + kVtdFaultUpperAddress);
  writel(0, unit.registers + kVtdFaultControl);
}

}  // namespace

void clear_remapping_faults(int index) {
  const DmarUnit& unit = dmar_unit(index);
  const u32 status = readl(unit.registers + kVtdFaultStatus);
  take_records(unit, status, [](const Record&) {});
  writel(kVtdFaultOverflow | kVtdFaultPending, unit.registers + kVtdFaultStatus);
}

void enable_remapping_faults() {
  if (irq_remapping_mode() == RemapMode::off) return;
  for (int i = 0; i < dmar_unit_count(); ++i) {
    const DmarUnit& unit = dmar_unit(i);
    MsiMessage message;
    auto* data = const_cast<DmarUnit*>(&unit);
    if (request_unremapped_msi(smp_processor_id(), fault_interrupt, data, "dmar", &message))
      set_fault_message(unit, message);
    handle_unit(unit);
  }
}
