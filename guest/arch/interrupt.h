#pragma once

#include "guest/include/types.h"

// Vectors as Linux 3.13 assigns them (arch/x86/include/asm/irq_vectors.h).
inline constexpr int kFirstExternalVector = 0x20;
inline constexpr int kIrq0Vector = 0x30;  // the sixteen ISA interrupts
inline constexpr int kLegacySyscallVector = 0x80;
inline constexpr int kPlatformIpiVector = 0xf7;
inline constexpr int kRebootVector = 0xf8;
inline constexpr int kCallFunctionSingleVector = 0xfb;
inline constexpr int kCallFunctionVector = 0xfc;
inline constexpr int kRescheduleVector = 0xfd;
inline constexpr int kErrorVector = 0xfe;
inline constexpr int kSpuriousVector = 0xff;
inline constexpr int kLocalTimerVector = 0xef;

// Runs on the CPU that took the interrupt, on its interrupt stack, with interrupts off; the end of
// interrupt is signalled afterwards.
using IrqHandler = void (*)(void* data);

struct MsiMessage {
  u64 address;
  u32 data;
};

// A vector of its own on `cpu` for an edge-triggered message; the message to program into the
// device. False if no vector is left.
bool request_msi(int cpu, IrqHandler handler, void* data, const char* name, MsiMessage* message);

// Interrupts taken so far, on all CPUs, by vector.
u64 interrupt_count(int vector);
