#pragma once

#include "guest/include/types.h"

// The texts of fault reasons (VT-d §7.1.3, table 27) that the release has.

struct FaultReason {
  const char* text;
  bool interrupt;  // of an interrupt request
};
FaultReason fault_reason(u8 code);
