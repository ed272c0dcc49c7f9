#include "targets.h"

namespace {

CpuSet have(u8 vector) {
  CpuSet set = 0;
  for (unsigned n = 0; n < cpu_count; ++n)
    if (cpus[n].interrupts[vector]) set |= only(n);
  return set;
}

}  // namespace

CpuSet receivers(u8 vector, CpuSet wanted, bool& once_each) {
  enable_interrupts();
  wait_until([&] { return (have(vector) & wanted) == wanted; }, 2'000'000'000);
  delay(100'000);
  disable_interrupts();
  for (unsigned n = 0; n < cpu_count; ++n) once_each = once_each && cpus[n].interrupts[vector] <= 1;
  return have(vector);
}
