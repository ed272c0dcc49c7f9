#pragma once

#include "runtime/apic.h"

namespace events {

constexpr u8 vector = 0x61, nmi_vector = 2;

/// What the counting handlers of a program note: instruction that was interrupted, of the first
/// one.
struct Interrupted {
  volatile u64 rip;
  volatile u64 flags;
  volatile u32 count;
};
extern Interrupted taken, nmi;
void forget();
/// Counting handlers for `vector` and NMI.
void install();

inline void send_nmi() {
  apic::send_ipi(apic::icr::nmi | apic::icr::assert_level, cpus[0].apic_id);
}

void check_shadows();
void check_wake();
void check_nmi();
void check_order();

}  // namespace events
