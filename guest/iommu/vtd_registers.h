#pragma once

#include "guest/acpi/dmar.h"
#include "guest/arch/cpu.h"
#include "guest/arch/io.h"
#include "guest/iommu/messages.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/time.h"

// Registers of a remapping unit (VT-d §10.4) as far as this kernel uses them.
inline constexpr u32 kVtdGlobalCommand = 0x18, kVtdGlobalStatus = 0x1c;
inline constexpr u32 kVtdRootTable = 0x20, kVtdContextCommand = 0x28;
inline constexpr u32 kVtdFaultStatus = 0x34, kVtdFaultControl = 0x38, kVtdFaultData = 0x3c;
inline constexpr u32 kVtdFaultAddress = 0x40, kVtdFaultUpperAddress = 0x44;
inline constexpr u32 kVtdProtectedMemory = 0x64;
inline constexpr u32 kVtdQueueHead = 0x80, kVtdQueueTail = 0x88, kVtdQueueAddress = 0x90;
inline constexpr u32 kVtdQueueErrors = 0xb0;
inline constexpr u32 kVtdTableAddress = 0xb8;
inline constexpr u64 kVtdScalableRoot = 1u << 10;  // RTADDR.TTM (§10.4.6)

// GCMD and GSTS have the same bits (§10.4.4, §10.4.5).
inline constexpr u32 kVtdTranslate = 1u << 31;
inline constexpr u32 kVtdRootPointer = 1u << 30;
inline constexpr u32 kVtdWriteBuffer = 1u << 27;
inline constexpr u32 kVtdQueueEnable = 1u << 26;
inline constexpr u32 kVtdRemapEnable = 1u << 25;
inline constexpr u32 kVtdTablePointer = 1u << 24;
inline constexpr u32 kVtdCompatibility = 1u << 23;
// Commands that are carried out once and not kept: SRTP, SFL, WBF, SIRTP.
inline constexpr u32 kVtdOneShot = kVtdRootPointer | 1u << 29 | kVtdWriteBuffer | kVtdTablePointer;

// FSTS (§10.4.9), FECTL (§10.4.10).
inline constexpr u32 kVtdFaultOverflow = 1u << 0, kVtdFaultPending = 1u << 1;
inline constexpr u32 kVtdQueueError = 1u << 4;       // IQE
inline constexpr u32 kVtdCompletionError = 1u << 5;  // ICE
inline constexpr u32 kVtdTimeOutError = 1u << 6;     // ITE
inline constexpr u32 kVtdFaultMask = 1u << 31;

// PMEN (§10.4.16).
inline constexpr u32 kVtdProtect = 1u << 31, kVtdProtecting = 1u << 0;

// Fields of CAP (§10.4.2).
inline constexpr u64 kCapWriteBuffer = 1u << 4;                            // RWBF
inline constexpr u64 kCapProtectLow = 1u << 5, kCapProtectHigh = 1u << 6;  // PLMR, PHMR
inline constexpr u64 kCapCachingMode = 1u << 7;                            // CM
inline constexpr u64 kCapZeroLengthRead = 1u << 22;                        // ZLR
inline constexpr u64 kCapPageSelective = 1ull << 39;                       // PSI
inline constexpr u64 kCapFirstLevel1G = 1ull << 56;                        // FS1GP
inline constexpr u64 kCapWriteDrain = 1ull << 54, kCapReadDrain = 1ull << 55;
inline u32 cap_domains(u64 cap) { return 1u << (4 + 2 * (cap & 7)); }
inline int cap_widths(u64 cap) { return static_cast<int>(cap >> 8 & 31); }              // SAGAW
inline int cap_address_width(u64 cap) { return static_cast<int>(cap >> 16 & 63) + 1; }  // MGAW
inline int cap_large_pages(u64 cap) { return static_cast<int>(cap >> 34 & 15); }        // SLLPS
inline u32 cap_most_pages(u64 cap) { return static_cast<u32>(cap >> 48 & 63); }         // MAMV

// Fields of ECAP (§10.4.3) beside those in acpi/dmar_tables.h.
inline constexpr u64 kEcapCoherent = 1u << 0;
inline constexpr u64 kEcapDeviceTlb = 1u << 2;
inline constexpr u64 kEcapPassThrough = 1u << 6;
inline constexpr u64 kEcapSnoopControl = 1u << 7;
inline constexpr u64 kEcapPageRequests = 1u << 29;
inline constexpr u64 kEcapPasid = 1ull << 40;
inline constexpr u64 kEcapScalable = 1ull << 43;     // SMTS
inline constexpr u64 kEcapSecondLevel = 1ull << 46;  // SSTS
inline constexpr u64 kEcapFirstLevel = 1ull << 47;   // FSTS
inline u32 ecap_iotlb_offset(u64 ecap) { return static_cast<u32>(ecap >> 8 & 0x3ff) * 16; }

// How long a unit may take: ten seconds (include/linux/dmar.h DMAR_OPERATION_TIMEOUT), then the
// machine stops.
class VtdDeadline {
 public:
  VtdDeadline() : m_end(rdtsc() + u64{tsc_khz} * 10000) {}
  void pause() const {
    if (rdtsc() > m_end) panic(msg::kMalfunction);
    cpu_relax();
  }

 private:
  u64 m_end;
};

// Until the bits of `mask` read as wanted.
inline void vtd_wait(const DmarUnit& unit, u32 offset, u32 mask, u32 wanted) {
  const VtdDeadline deadline;
  while ((readl(unit.registers + offset) & mask) != wanted) deadline.pause();
}

// Writes the commands that last plus these bits, and waits for the status to follow in `mask`.
inline void vtd_command(const DmarUnit& unit, u32 set, u32 clear, u32 mask, u32 wanted) {
  const u32 lasting = readl(unit.registers + kVtdGlobalStatus) & ~kVtdOneShot;
  writel((lasting & ~clear) | set, unit.registers + kVtdGlobalCommand);
  vtd_wait(unit, kVtdGlobalStatus, mask, wanted);
}
