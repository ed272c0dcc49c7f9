// Faults of the remapping units: dmar_fault() of Linux's drivers/iommu/dmar.c.
#include "guest/iommu/vtd_faults.h"

#include "guest/arch/interrupt.h"
#include "guest/arch/percpu.h"
#include "guest/iommu/fault_reasons.h"
#include "guest/iommu/irq_remapping.h"
#include "guest/iommu/messages.h"
#include "guest/iommu/vtd_flush.h"
#include "guest/iommu/vtd_registers.h"
#include "guest/mm/layout.h"

namespace {

// Fault recording registers (VT-d §10.4.14), at CAP.FRO, CAP.NFR + 1 of them.
constexpr u32 kRecordSize = 16;
constexpr u64 kRecorded = 1ull << 63, kTypeRead = 1ull << 62, kHasPasid = 1ull << 31;
constexpr int kReasonShift = 32;
constexpr int kIndexShift = 48;  // of the interrupt index in the lower half

bool has_interrupt[kMostDmarUnits];
struct Record {
  u64 low, high;

  u8 reason() const { return static_cast<u8>(high >> kReasonShift); }
  // -1: none
  s32 pasid() const {
    return (high & kHasPasid) == 0 ? -1 : static_cast<s32>(high >> 40 & 0xfffff);
  }
  u8 bus() const { return static_cast<u8>(high >> 8); }
  u8 device() const { return high >> 3 & 31; }
  u8 function() const { return high & 7; }
};

// Ten lines in five seconds, then silence until they are over and a line that counts it
// (lib/ratelimit.c); 3.2 and 3.13 print everything.
class FaultLimit {
 public:
  bool allows() {
    if (!release::since(4, 12)) return true;
    const u64 now = jiffies;
    if (m_begin == 0) m_begin = now + 1;
    if (now + 1 - m_begin > kPeriod) {
      if (m_missed != 0) printk(msg::kFaultsSuppressed, m_missed);
      m_begin = now + 1;
      m_printed = m_missed = 0;
    }
    if (m_printed < kBurst) {
      ++m_printed;
      return true;
    }
    ++m_missed;
    return false;
  }

 private:
  static constexpr u64 kPeriod = 5 * kHz;
  static constexpr int kBurst = 10;
  u64 m_begin;
  int m_printed, m_missed;
};
FaultLimit limit;

void report(const Record& r) {
  const FaultReason reason = fault_reason(r.reason());
  if (reason.interrupt)
    msg::print_interrupt_fault(r.bus(), r.device(), r.function(), r.low >> kIndexShift, r.reason(),
                               reason.text);
  else
    msg::print_dma_fault((r.high & kTypeRead) != 0, r.pasid(), r.bus(), r.device(), r.function(),
                         r.low & ~(kPageSize - 1), r.reason(), reason.text);
}

struct RecordFile {
  volatile u8* first;
  u32 count;
};

RecordFile records_of(const DmarUnit& unit) {
  const u32 offset = static_cast<u32>(unit.cap >> 24 & 0x3ff) * kRecordSize;
  return {unit.registers + offset, static_cast<u32>(unit.cap >> 40 & 0xff) + 1};
}

// From the oldest record on, until one is empty: as long as the unit records faster than this, it
// goes on.
template <typename Visit>
void take_records(const DmarUnit& unit, u32 status, Visit visit) {
  const RecordFile file = records_of(unit);
  for (u32 index = status >> 8 & 0xff; index < file.count; index = (index + 1) % file.count) {
    volatile u8* at = file.first + index * kRecordSize;
    const Record record = {readq(at), readq(at + 8)};
    if ((record.high & kRecorded) == 0) return;
    visit(record);
    writel(static_cast<u32>(kRecorded >> 32), at + 12);
  }
}

void handle_unit(const DmarUnit& unit) {
  const u32 status = readl(unit.registers + kVtdFaultStatus);
  if (status != 0 && limit.allows()) printk(msg::kFaultStatusRegister, status);
  if ((status & kVtdFaultPending) != 0) {
    take_records(unit, status, [](const Record& record) {
      if (limit.allows()) report(record);
    });
  }
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

void enable_unit_faults(int index) {
  if (has_interrupt[index]) return;
  const DmarUnit& unit = dmar_unit(index);
  MsiMessage message;
  auto* data = const_cast<DmarUnit*>(&unit);
  has_interrupt[index] =
      request_unremapped_msi(smp_processor_id(), fault_interrupt, data, "dmar", &message);
  if (has_interrupt[index]) set_fault_message(unit, message);
  handle_unit(unit);
}

void enable_remapping_faults() {
  if (irq_remapping_mode() == RemapMode::off) return;
  for (int i = 0; i < dmar_unit_count(); ++i) enable_unit_faults(i);
}
