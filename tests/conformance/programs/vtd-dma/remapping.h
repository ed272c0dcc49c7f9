#pragma once

#include "runtime/vtd_dma.h"

/// Two functions behind the unit; the second one may not exist.
struct Devices {
  vtd::DmaBench first;
  vtd::DmaBench second;
};

/// Table walks of every width and page size.
void check_walks(Devices& devices);
/// Rights, contexts, pass-through.
void check_contexts(Devices& devices);
void check_rights(Devices& devices);
/// What is not translated, or split.
void check_requests(Devices& devices);
void check_protected_memory(Devices& devices);
