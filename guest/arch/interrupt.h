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

// A vector of its own on `cpu` for an edge-triggered message of a PCI function (bus << 8 |
// device << 3 | function); the message to program into it. False if no vector is left, or no entry
// of the interrupt-remapping table.
bool request_msi(u16 requester, int cpu, IrqHandler handler, void* data, const char* name,
                 MsiMessage* message);
// The same for a sender whose messages are never remapped: a remapping unit itself.
bool request_unremapped_msi(int cpu, IrqHandler handler, void* data, const char* name,
                            MsiMessage* message);
// A vector for a function's INTx#, wired to the interrupt that its line register names. False also
// where no I/O APIC has that input.
bool request_pci_irq(u8 line, int cpu, IrqHandler handler, void* data, const char* name);
// A vector on `cpu`; 0 if none is left.
int request_vector(int cpu, IrqHandler handler, void* data, const char* name);
// The message that brings a vector to a CPU.
MsiMessage compose_msi(int cpu, int vector);

// Interrupts taken so far, on all CPUs, by vector.
u64 interrupt_count(int vector);
