#pragma once

#include "guest/include/types.h"

// What other CPUs look at before they send a reschedule interrupt, and what MWAIT watches; a cache
// line of its own. entry.S reads the first byte.
struct alignas(64) ReschedWord {
  u8 needed;
  u8 polling;  // TS_POLLING: a store to `needed` is noticed without an interrupt
};
extern "C" {
extern __attribute__((section(".data..percpu"))) ReschedWord need_resched_flag;
}

// MWAIT with that hint, watching this CPU's word; returns at once when it must reschedule.
// Interrupts are off; with `break_on_interrupt` (ECX[0]) a pending one ends it although, without
// they are enabled together with MWAIT.
void mwait_until_resched(u8 hint, bool break_on_interrupt);
// Spins until this CPU must reschedule, interrupts on.
void poll_until_resched();
