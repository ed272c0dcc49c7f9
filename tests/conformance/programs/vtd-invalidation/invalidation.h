#pragma once

#include "runtime/vtd_dma.h"
#include "runtime/vtd_queue.h"

/// Two functions that may do DMA; the second one may not exist.
struct Bench {
  vtd::DmaBench first;
  vtd::DmaBench second;
};

/// What is cached until it is invalidated, by the registers and by the queue.
void check_stale_entries(Bench& bench);
/// The queue: every descriptor, wrap, wait.
void check_queue(Bench& bench);
void check_wait();
/// What is no descriptor.
void check_queue_errors();
