#pragma once

#include "guest/acpi/dmar.h"
#include "guest/arch/io.h"

// Registers of a remapping unit (VT-d §10.4) as far as this kernel uses them.
inline constexpr u32 kVtdGlobalCommand = 0x18, kVtdGlobalStatus = 0x1c;
inline constexpr u32 kVtdFaultStatus = 0x34, kVtdFaultControl = 0x38, kVtdFaultData = 0x3c;
inline constexpr u32 kVtdFaultAddress = 0x40, kVtdFaultUpperAddress = 0x44;
inline constexpr u32 kVtdQueueHead = 0x80, kVtdQueueTail = 0x88, kVtdQueueAddress = 0x90;
inline constexpr u32 kVtdTableAddress = 0xb8;

// GCMD and GSTS have the same bits (§10.4.4, §10.4.5).
inline constexpr u32 kVtdQueueEnable = 1u << 26;
inline constexpr u32 kVtdRemapEnable = 1u << 25;
inline constexpr u32 kVtdTablePointer = 1u << 24;
inline constexpr u32 kVtdCompatibility = 1u << 23;
// Commands that are carried out once and not kept: SRTP, SFL, WBF, SIRTP.
inline constexpr u32 kVtdOneShot = 1u << 30 | 1u << 29 | 1u << 27 | kVtdTablePointer;

// FSTS (§10.4.9), FECTL (§10.4.10).
inline constexpr u32 kVtdFaultOverflow = 1u << 0, kVtdFaultPending = 1u << 1;
inline constexpr u32 kVtdQueueError = 1u << 4;
inline constexpr u32 kVtdFaultMask = 1u << 31;

// Writes the commands that last plus these bits, and waits for the status to follow in `mask`.
inline bool vtd_command(const DmarUnit& unit, u32 set, u32 clear, u32 mask, u32 wanted) {
  const u32 lasting = readl(unit.registers + kVtdGlobalStatus) & ~kVtdOneShot;
  writel((lasting & ~clear) | set, unit.registers + kVtdGlobalCommand);
  for (u32 turns = 0; turns < 10000000; ++turns) {
    if ((readl(unit.registers + kVtdGlobalStatus) & mask) == wanted) return true;
  }
  return false;
}
