#pragma once

#include "runtime/targets.h"

namespace ipi {

constexpr u8 vector = 0x61;

void check_physical();
void check_shorthands();
void check_flat();
void check_clusters();
void check_aliases();
void check_lowest_priority();
void check_vectors();
void check_not_accepted();
void check_nmi();
void check_init();
void check_start_up();

}  // namespace ipi
