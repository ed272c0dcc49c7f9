#pragma once

#include "runtime/vtd_dma.h"

/// Functions, tables and the record that a request leaves.
struct Bench {
  vtd::DmaBench first;
  vtd::DmaBench second;
};

constexpr u64 no_memory = 0x7FFFFFF000;  ///< the last page of 39 bits: nothing answers there
constexpr u64 input = 0x40207000;        ///< an own table at levels 1 to 3

/// A request that is blocked must leave one record with that reason, its source, type and page.
void check_write(const Rule& rule, vtd::DmaBench& bench, u64 at, u8 reason);
void check_read(const Rule& rule, vtd::DmaBench& bench, u64 at, u8 reason);

/// Reasons by the structure that is wrong.
void check_root_faults(Bench& bench);
void check_context_faults(Bench& bench);
void check_page_faults(Bench& bench);
/// FPD.
void check_disabled(Bench& bench);
/// Records, status, event.
void check_records(Bench& bench);
void check_event(Bench& bench);
