#pragma once

#include "runtime/edu.h"
#include "runtime/vtd_interrupts.h"

/// A function that sends messages, and the table that they go through.
struct Bench {
  Edu edu;
  vtd::InterruptTable table;
  u16 source() const { return edu.requester(); }
};

constexpr u8 vector = 0x61, other_vector = 0x62;

/// Interrupts of the vector on all processors since clear_all_interrupts().
u32 all(u8 vector);
/// Sends a message of the function; how often all processors take the vector. Waits for `expected`.
u32 send(Bench& bench, u64 address, u32 data, u8 vector, u32 expected);
/// Nothing is taken, and one record has that reason, the function's id and the index.
void check_blocked(const Rule& rule, Bench& bench, u64 address, u32 data, u8 reason, u16 index);

void check_formats(Bench& bench);
void check_delivery(Bench& bench);
void check_entries(Bench& bench);
void check_sources(Bench& bench);
void check_cache(Bench& bench);
void check_io_apic(Bench& bench);
void check_extended(Bench& bench);
